using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.Tests.Destinations.MongoDb.Wire;

namespace Postrider.FunctionalTests.MongoDb;

/// <summary>A database to be killed over: in the server that <c>POSTRIDER_TEST_MONGODB</c> names, or else in one in this process.</summary>
internal sealed class CrashDatabase : IAsyncDisposable
{
    public const string Collection = "events";

    private const string Variable = "POSTRIDER_TEST_MONGODB";
    private const int Kills = 5;

    // A real server writes as fast as it can: kills come when some more batches stand there.
    private const int DocumentsBetweenKills = 1500;

    private readonly WireServer? _wire;
    private readonly MongoClient _client;

    public CrashDatabase()
    {
        var real = Environment.GetEnvironmentVariable(Variable);
        _wire = real is null ? new WireServer() : null;
        Connection = real ?? _wire!.Connection;
        _client = new MongoClient(Connection);
    }

    public string Connection { get; }

    public string Name { get; } = $"postrider_test_{Guid.NewGuid():N}";

    private IMongoCollection<BsonDocument> Events => _client.GetDatabase(Name).GetCollection<BsonDocument>(Collection);

    /// <summary>In the order in which they were written first.</summary>
    public Task<List<BsonDocument>> DocumentsAsync() =>
        Events.Find(new BsonDocument()).ToListAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets a paused destination go on, and kills its server again and again while it writes.</summary>
    /// <param name="server">Whose destination it is.</param>
    /// <param name="resume">Begins the delivery.</param>
    public async Task KillDuringDeliveryAsync(PostriderServer server, Func<Task> resume)
    {
        for (var kill = 1; kill <= Kills; kill++)
        {
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var isUnderWay = _wire is null ? await PlanAsync() : Plan(_wire, kill, held.Task);
            if (kill == 1)
            {
                await resume();
            }

            await Eventually.GetAsync(string.Create(CultureInfo.InvariantCulture, $"some more is written before kill {kill}"), isUnderWay, holds => holds, server.Describe);
            await server.KillAsync();
            held.SetResult();
            await server.StartAsync("--log-level", "error");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_wire is null)
        {
            await _client.DropDatabaseAsync(Name);
        }

        _client.Dispose();
        if (_wire is not null)
        {
            await _wire.DisposeAsync();
        }
    }

    // Each kill comes when some more writes have, with the next ones under way: each write waits a moment, so that they are.
    private static Func<Task<bool>> Plan(WireServer wire, int kill, Task held)
    {
        var writes = Writes(wire) + 3;
        foreach (var command in new[] { "insert", "update" })
        {
            wire.Plan(new WireFault(command) { Times = 2 });
            wire.Plan(new WireFault(command) { Until = held, Times = 2, CutAfter = kill * 7 });
        }

        return () => Task.FromResult(Writes(wire) >= writes);
    }

    // Upserts leave no more documents than keys: then the first ones are all there is to see.
    private async Task<Func<Task<bool>>> PlanAsync()
    {
        var before = await Events.CountDocumentsAsync(new BsonDocument(), cancellationToken: TestContext.Current.CancellationToken);
        return async () => await Events.CountDocumentsAsync(new BsonDocument(), cancellationToken: TestContext.Current.CancellationToken) is var count && ((count > 0 && count == before) || count >= before + DocumentsBetweenKills);
    }

    private static int Writes(WireServer wire) => wire.CountOf("insert") + wire.CountOf("update");
}
