using System.Collections.Concurrent;
using MongoDB.Bson;

namespace Postrider.Destinations.MongoDb;

/// <summary>Creates the indexes of a collection, at the start where its name is fixed and else before its first event; an index that exists is no
/// work for the server.</summary>
/// <remarks>
/// Events wait while an index is built or cannot be: they stay in the log, and the reason stands at the destination. Written without it, a
/// unique index would never come to be.
/// </remarks>
internal sealed class IndexSetup(MongoDbConnection connection, IReadOnlyList<MongoDbIndex> indexes, MongoDbFailure failures, TimeProvider time) : IDisposable
{
    /// <summary>A template fed with clients' values must not fill the server with collections.</summary>
    public const int MaxCollections = 1000;

    // An index that cannot be created needs a person: asking ten times a minute is enough.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(6);

    // Building over many documents takes long; the attempts meanwhile should say so instead of running into their deadline.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Setup> _setups = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Begins with a collection that is known before any event comes, and goes on until it is ready. Nothing waits for it.</summary>
    public void Begin(string collection)
    {
        if (indexes.Count > 0)
        {
            _ = Task.Run(() => PrepareAsync(collection), CancellationToken.None);
        }
    }

    /// <summary>Null: the collection is ready. Else why not.</summary>
    public async ValueTask<DeliveryResult?> EnsureAsync(string collection, CancellationToken cancellationToken)
    {
        var setup = _setups.GetValueOrDefault(collection);
        if (setup is { IsReady: true })
        {
            return null;
        }

        if (setup is null && _setups.Count >= MaxCollections)
        {
            return DeliveryResult.Rejected("collection", $"the event would need collection number {MaxCollections + 1} since the start; use fewer fields in the collection's name");
        }

        if (setup is null || setup.MayBeRepeated(time))
        {
            var fresh = new Setup(() => CreateAsync(collection), time);
            setup = setup is null ? _setups.GetOrAdd(collection, fresh)
                : _setups.TryUpdate(collection, fresh, setup) ? fresh : _setups[collection];
        }

        try
        {
            return await setup.Work.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return failures.Retry("index", $"still builds the indexes of {collection}");
        }
    }

    public void Dispose() => _ending.Cancel();

    private async Task PrepareAsync(string collection)
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                if (await EnsureAsync(collection, _ending.Token).ConfigureAwait(false) is null)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The attempts meet it too, and say so where people look.
            }

            await Task.Delay(AskAgainAfter, time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<DeliveryResult?> CreateAsync(string collection)
    {
        if (indexes.Count == 0)
        {
            return null;
        }

        var command = new BsonDocument { { "createIndexes", collection }, { "indexes", new BsonArray(indexes.Select(Describe)) } };
        try
        {
            using var reply = await connection.RunAsync(command, _ending.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (failures.From(exception, connection.LastHeartbeatFailure) is { } failure)
        {
            return failure.ErrorClass == "command" ? failures.Retry("index", $"cannot create an index of {collection}: {ReasonOf(failure.Status)}", failure.Status) : failure;
        }
    }

    private static BsonDocument Describe(MongoDbIndex index)
    {
        var keys = new BsonDocument();
        foreach (var field in index.Fields)
        {
            keys.Add(field.TrimStart('-'), field[0] == '-' ? -1 : 1);
        }

        var document = new BsonDocument { { "key", keys }, { "name", index.Name ?? string.Join('_', keys.Select(key => $"{key.Name}_{key.Value}")) } };
        return index.Unique ? document.Add("unique", true) : document;
    }

    private static string ReasonOf(int? code) => code switch
    {
        WriteReply.DuplicateKey => "it is to be unique, and documents with the same values exist",
        85 => "one of the same fields exists with other options or another name",
        86 => "one of the same name exists with other fields or options",
        _ => $"error {code}",
    };

    private sealed class Setup
    {
        private readonly Lazy<Task<DeliveryResult?>> _work;
        private readonly long _began;

        public Setup(Func<Task<DeliveryResult?>> create, TimeProvider time)
        {
            _work = new Lazy<Task<DeliveryResult?>>(create);
            _began = time.GetTimestamp();
        }

        public Task<DeliveryResult?> Work => _work.Value;

        public bool IsReady => Work is { IsCompletedSuccessfully: true, Result: null };

        // What failed for another reason than the index is tried with the next attempt: that has its own pace.
        public bool MayBeRepeated(TimeProvider time) => Work.IsCompleted && !IsReady
            && (!Work.IsCompletedSuccessfully || Work.Result!.ErrorClass != "index" || time.GetElapsedTime(_began) >= AskAgainAfter);
    }
}
