using System.Buffers;
using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;
using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Destinations.MongoDb;
using Postrider.Events;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.Tests.Destinations.MongoDb;

/// <summary>A database of its own, in the server that <c>POSTRIDER_TEST_MONGODB</c> names or else in one in this process, and destinations that write to it.</summary>
internal sealed class TestMongo : IAsyncDisposable
{
    public const string Variable = "POSTRIDER_TEST_MONGODB";
    public const string Collection = "events";

    private readonly WireServer? _wire;
    private readonly MongoClient _client;
    private readonly List<IDestination> _destinations = [];

    /// <param name="injects">Whether the test makes the server fail: then it is always the one in this process.</param>
    public TestMongo(bool injects = false)
    {
        var real = injects ? null : Environment.GetEnvironmentVariable(Variable);
        _wire = real is null ? new WireServer() : null;
        Connection = real ?? _wire!.Connection;
        _client = new MongoClient(Connection);
    }

    public string Connection { get; }

    public string DatabaseName { get; } = $"postrider_test_{Guid.NewGuid():N}";

    public WireServer Wire => _wire ?? throw new InvalidOperationException("This test needs a server that fails to order.");

    public MongoDbSettings Settings => new() { Connection = Connection, Database = DatabaseName, Collection = Collection };

    public IDestination Open(MongoDbSettings? settings = null, TimeSpan? timeout = null, TimeProvider? time = null)
    {
        var config = new DestinationConfig { Name = "warehouse", Type = "mongodb", Settings = settings ?? Settings, Timeout = timeout ?? TimeSpan.FromSeconds(15) };
        var destination = new MongoDbDestinationFactory(time ?? TimeProvider.System).Create(config);
        _destinations.Add(destination);
        return destination;
    }

    /// <summary>An attempt for an event of a key; its position is its number.</summary>
    public static DeliveryAttempt Event(long position, string key = "", string? body = null, string? type = null, string log = "testlog", DateTimeOffset? receivedAt = null)
    {
        var draft = new EventDraft
        {
            Source = "app",
            Key = Encoding.UTF8.GetBytes(key),
            Type = type,
            ReceivedAt = receivedAt ?? DateTimeOffset.UnixEpoch.AddDays(20_000),
        };
        var made = Postrider.Events.Event.Create(draft, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body ?? $$"""{"userId":"{{key}}","payload":{{position}}}""")));
        made.PlaceAt(log, new LogPosition(0, 0, position));
        return new DeliveryAttempt(made, 1);
    }

    public Task<List<BsonDocument>> DocumentsAsync(string collection = Collection) => _client.GetDatabase(DatabaseName)
        .GetCollection<BsonDocument>(collection).Find(new BsonDocument()).ToListAsync(TestContext.Current.CancellationToken);

    public Task<long> CountAsync() => _client.GetDatabase(DatabaseName)
        .GetCollection<BsonDocument>(Collection).CountDocumentsAsync(new BsonDocument(), cancellationToken: TestContext.Current.CancellationToken);

    public async Task<List<BsonDocument>> IndexesAsync(string collection = Collection)
    {
        using var cursor = await _client.GetDatabase(DatabaseName).GetCollection<BsonDocument>(collection).Indexes.ListAsync(TestContext.Current.CancellationToken);
        return await cursor.ToListAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var destination in _destinations)
        {
            await destination.DisposeAsync();
        }

        await _client.DropDatabaseAsync(DatabaseName);
        _client.Dispose();
        if (_wire is not null)
        {
            await _wire.DisposeAsync();
        }
    }
}
