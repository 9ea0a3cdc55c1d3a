using System.Collections.Concurrent;
using MongoDB.Bson;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>What a MongoDB server saw of the documents of keys, judged while it happens: no document goes back in time.</summary>
internal sealed class UpsertHistory
{
    private readonly ConcurrentQueue<string> _violations = new();
    private long _updates;
    private long _stale;

    /// <summary>Updates that came.</summary>
    public long Updates => Volatile.Read(ref _updates);

    /// <summary>Those that changed nothing: repeats, and what came late.</summary>
    public long Stale => Volatile.Read(ref _stale);

    /// <summary>Takes an update that was made.</summary>
    /// <param name="before">What stood there; null: nothing.</param>
    /// <param name="after">What stands there now.</param>
    public void Take(BsonDocument? before, BsonDocument after)
    {
        Interlocked.Increment(ref _updates);
        if (before is null)
        {
            return;
        }

        if (before["_postrider"]["event"] == after["_postrider"]["event"])
        {
            Interlocked.Increment(ref _stale);
            return;
        }

        // By the clients' own numbers, and by the places in the log that the product goes by.
        if (SentOf(after) < SentOf(before) || PlaceOf(after).CompareTo(PlaceOf(before)) < 0)
        {
            _violations.Enqueue($"P3: the document of {after["_id"]} went from event {SentOf(before)} ({before["_postrider"]["event"]}) back to {SentOf(after)} ({after["_postrider"]["event"]})");
        }
    }

    /// <summary>What is wrong at the end.</summary>
    /// <param name="documents">All that there are.</param>
    /// <param name="newest">Of each user the last event that was accepted, and its id.</param>
    public IEnumerable<string> Judge(IEnumerable<BsonDocument> documents, IReadOnlyDictionary<string, (SentEvent Sent, string Id)> newest)
    {
        var found = documents.ToDictionary(document => document["_id"].AsString);
        return _violations
            .Concat(found.Keys.Except(newest.Keys).Select(user => $"the document of {user} belongs to nobody"))
            .Concat(newest.Where(user => !found.ContainsKey(user.Key)).Select(user => $"P2: {user.Key} has no document"))
            .Concat(newest.Where(user => found.TryGetValue(user.Key, out var document) && (SentOf(document) != user.Value.Sent || document["_postrider"]["event"] != user.Value.Id))
                .Select(user => $"P2: the document of {user.Key} shows event {SentOf(found[user.Key])}, its newest is {user.Value.Sent} ({user.Value.Id})"));
    }

    private static SentEvent SentOf(BsonDocument document) => SentEvent.Parse(document["payload"].AsString);

    private static (long Generation, long Position) PlaceOf(BsonDocument document) =>
        (document["_postrider"]["generation"].ToInt64(), document["_postrider"]["position"].ToInt64());
}
