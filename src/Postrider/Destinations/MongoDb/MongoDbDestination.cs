namespace Postrider.Destinations.MongoDb;

/// <summary>Writes events as documents, a batch at a time, in the order of their keys.</summary>
internal sealed class MongoDbDestination : IDestination
{
    private readonly MongoDbSettings _settings;
    private readonly CollectionName _collection;
    private readonly WriteOptions _options;
    private readonly MongoDbConnection _connection;
    private readonly MongoDbFailure _failures;
    private readonly IndexSetup _indexes;

    public MongoDbDestination(MongoDbSettings settings, int concurrency, TimeSpan timeout, TimeProvider time)
    {
        _settings = settings;
        _collection = CollectionName.TryParse(settings.Collection, out var name, out var mistake) ? name : throw new ArgumentException(mistake, nameof(settings));
        _options = new WriteOptions(settings);
        _connection = new MongoDbConnection(settings, concurrency, timeout);
        _failures = new MongoDbFailure(_connection.Servers, _collection.Fixed is not null);
        _indexes = new IndexSetup(_connection, settings.Indexes, _failures, time);
        if (_collection.Fixed is { } only)
        {
            _indexes.Begin(only);
        }
    }

    public int MaxBatch => _settings.Batch.MaxEvents;

    public TimeSpan BatchWait => _settings.Batch.MaxWait;

    public async ValueTask<IReadOnlyList<DeliveryResult>> DeliverAsync(IReadOnlyList<DeliveryAttempt> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);

        // Turning a batch into BSON takes a millisecond, which the caller's thread has no time for.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var outcome = new BatchOutcome(batch);
        using var documents = EventDocuments.Read(batch, _options.KeyPath, outcome);
        var writer = new RunWriter(_connection, _failures, documents, outcome, _options);
        foreach (var run in CollectionRuns.Split(batch, _collection))
        {
            if (await WriteAsync(run, writer, outcome, cancellationToken).ConfigureAwait(false) is { } failure)
            {
                // A server that failed is not asked again in this call; an index that is missing is the matter of its collection.
                Settle(failure.ErrorClass is "index" or "collection" ? run.Events : Enumerable.Range(0, batch.Count), failure, outcome);
            }
        }

        return outcome.Finish();
    }

    public ValueTask DisposeAsync()
    {
        _indexes.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<DeliveryResult?> WriteAsync(CollectionRun run, RunWriter writer, BatchOutcome outcome, CancellationToken cancellationToken)
    {
        if (!run.Events.Exists(outcome.IsPending))
        {
            return null;
        }

        try
        {
            return await _indexes.EnsureAsync(run.Collection, cancellationToken).ConfigureAwait(false)
                ?? await writer.WriteAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A connection cut by the deadline may look like a broken one: the deadline counts.
            cancellationToken.ThrowIfCancellationRequested();
            if (_failures.From(exception, _connection.LastHeartbeatFailure) is { } failure)
            {
                return failure;
            }

            throw;
        }
    }

    private static void Settle(IEnumerable<int> events, DeliveryResult result, BatchOutcome outcome)
    {
        foreach (var index in events)
        {
            if (outcome.IsPending(index))
            {
                outcome.Settle(index, result);
            }
        }
    }
}
