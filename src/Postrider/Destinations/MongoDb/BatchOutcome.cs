namespace Postrider.Destinations.MongoDb;

/// <summary>The results of a batch as they come in, and which of its events must wait for an earlier one of their key.</summary>
internal sealed class BatchOutcome(IReadOnlyList<DeliveryAttempt> batch)
{
    private readonly DeliveryResult?[] _results = new DeliveryResult?[batch.Count];

    // By key, the first event that was not delivered. Two keys of one hash only make one of them wait.
    private Dictionary<ulong, int>? _failed;

    public void Settle(int index, DeliveryResult result)
    {
        _results[index] = result;
        if (result.Outcome != DeliveryOutcome.Delivered && batch[index].Event.IsKeyed)
        {
            _failed ??= [];
            var key = batch[index].Event.KeyHash;
            if (!_failed.TryGetValue(key, out var first) || index < first)
            {
                _failed[key] = index;
            }
        }
    }

    /// <summary>Whether the event may be sent: it has no result, and none of its key before it has failed.</summary>
    public bool IsPending(int index) =>
        _results[index] is null && (_failed is null || !batch[index].Event.IsKeyed || !_failed.TryGetValue(batch[index].Event.KeyHash, out var first) || index < first);

    /// <summary>One result for each event: behind the first of a key that was not delivered all are not attempted.</summary>
    public IReadOnlyList<DeliveryResult> Finish()
    {
        for (var i = 0; i < _results.Length; i++)
        {
            var isHeld = _failed is not null && batch[i].Event.IsKeyed && _failed.TryGetValue(batch[i].Event.KeyHash, out var first) && first < i;
            if (isHeld || _results[i] is null)
            {
                _results[i] = DeliveryResult.NotAttempted;
            }
        }

        return _results!;
    }
}
