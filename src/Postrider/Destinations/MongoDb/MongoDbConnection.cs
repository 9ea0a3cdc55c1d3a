using MongoDB.Bson;
using MongoDB.Driver;

namespace Postrider.Destinations.MongoDb;

/// <summary>The driver's client of one destination, made when it is first needed: a <c>mongodb+srv</c> address asks the name service, which blocks.</summary>
internal sealed class MongoDbConnection(MongoDbSettings settings, int concurrency, TimeSpan timeout) : IDisposable
{
    // Less than an attempt may last, so that its failure says what is wrong and not only that time ran out.
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Task<MongoClient>? _client;
    private bool _disposed;

    /// <summary>The addresses as the user wrote them, without credentials.</summary>
    public string Servers { get; } = string.Join(',', new MongoUrl(settings.Connection).Servers.Select(server => server.ToString()));

    /// <summary>What the driver's monitor last met at a server; null: nothing bad.</summary>
    public Exception? LastHeartbeatFailure => _client is { IsCompletedSuccessfully: true } client
        ? client.Result.Cluster.Description.Servers.Select(server => server.HeartbeatException).FirstOrDefault(exception => exception is not null)
        : null;

    /// <summary>Runs a command on the primary, once: neither reads nor writes are repeated by the driver.</summary>
    /// <remarks>The answer is the caller's to dispose.</remarks>
    public async Task<RawBsonDocument> RunAsync(BsonDocument command, CancellationToken cancellationToken)
    {
        var client = await ClientAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return await client.GetDatabase(settings.Database)
            .RunCommandAsync(new BsonDocumentCommand<RawBsonDocument>(command), ReadPreference.Primary, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        Task<MongoClient>? client;
        lock (_lock)
        {
            _disposed = true;
            client = _client;
        }

        client?.ContinueWith(
            static made => made.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private Task<MongoClient> ClientAsync()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_client is null or { IsFaulted: true })
            {
                _client = Task.Run(Connect);
            }

            return _client;
        }
    }

    private MongoClient Connect()
    {
        var driver = MongoClientSettings.FromConnectionString(settings.Connection);
        var limit = timeout / 2 < WaitLimit ? timeout / 2 : WaitLimit;
        driver.ApplicationName ??= "postrider";

        // A repeat inside the driver would hide failures from the breaker and take time that the attempt's deadline counts.
        // What is repeated later is harmless: its _id tells.
        driver.RetryWrites = false;
        driver.RetryReads = false;
        driver.ServerSelectionTimeout = Less(driver.ServerSelectionTimeout, limit);
        driver.ConnectTimeout = Less(driver.ConnectTimeout, limit);
        driver.WaitQueueTimeout = Less(driver.WaitQueueTimeout, limit);
        if (driver.MaxConnectionPoolSize == MongoDefaults.MaxConnectionPoolSize)
        {
            driver.MaxConnectionPoolSize = Math.Max(driver.MinConnectionPoolSize, Math.Max(1, concurrency));
        }

        // Clients of equal settings share their connections, and the first that is disposed takes them from the others: a reload
        // makes the new destination before it ends the old one. A configurator of our own makes the settings ours alone.
        driver.ClusterConfigurator = _ => GC.KeepAlive(this);
        return new MongoClient(driver);
    }

    private static TimeSpan Less(TimeSpan one, TimeSpan other) => one > TimeSpan.Zero && one < other ? one : other;
}
