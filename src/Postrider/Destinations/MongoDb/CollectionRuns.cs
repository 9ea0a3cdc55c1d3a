namespace Postrider.Destinations.MongoDb;

/// <summary>Splits a batch by collection, so that the events of a key still are written in their order.</summary>
internal static class CollectionRuns
{
    /// <summary>Runs to be written one after the other, each in its order.</summary>
    /// <remarks>
    /// An event joins the last run of its collection, unless an event of its key stands in a later run already: then a new run begins.
    /// </remarks>
    public static IReadOnlyList<CollectionRun> Split(IReadOnlyList<DeliveryAttempt> batch, CollectionName name)
    {
        if (name.Fixed is { } only)
        {
            return [new CollectionRun(only, [.. Enumerable.Range(0, batch.Count)])];
        }

        var runs = new List<CollectionRun>();
        var lastOfCollection = new Dictionary<string, int>(StringComparer.Ordinal);
        var lastOfKey = new Dictionary<ulong, int>();
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch[i].Event;
            var collection = name.Of(item);
            var earliest = item.IsKeyed && lastOfKey.TryGetValue(item.KeyHash, out var ofKey) ? ofKey : 0;
            if (!lastOfCollection.TryGetValue(collection, out var run) || run < earliest)
            {
                run = runs.Count;
                runs.Add(new CollectionRun(collection, []));
                lastOfCollection[collection] = run;
            }

            runs[run].Events.Add(i);
            if (item.IsKeyed)
            {
                lastOfKey[item.KeyHash] = run;
            }
        }

        return runs;
    }
}

/// <summary>Events of one collection, by their place in the batch.</summary>
internal sealed record CollectionRun(string Collection, List<int> Events);
