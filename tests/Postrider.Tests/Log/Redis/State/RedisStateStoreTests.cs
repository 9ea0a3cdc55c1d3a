using Microsoft.Extensions.Time.Testing;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using StackExchange.Redis;

namespace Postrider.Tests.Log.Redis.State;

public sealed class RedisStateStoreTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private static readonly LaneId Lane = LaneId.OfKey(ulong.MaxValue);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyCall_ServerRestarted_TellsThatTheGenerationMoved()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm");

        await server.RestartAsync();

        var old = Open(keys, server.Database);
        await Assert.ThrowsAsync<GenerationMovedException>(() => old.LoadDestinationsAsync(Cancellation));
        await Assert.ThrowsAsync<GenerationMovedException>(() => old.SaveAsync([Save("crm", 5)], Cancellation));
        await Assert.ThrowsAsync<GenerationMovedException>(() => old.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, null, null, 1), Cancellation));
        var next = Open(keys, server.Database, generation: await server.GenerationOfAsync(keys));
        Assert.Equal(1, Assert.Single(await next.LoadDestinationsAsync(Cancellation)).Progress.ReadPosition);
    }

    [Fact]
    public async Task AnyCall_EverythingFlushed_TellsThatTheGenerationMoved()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm");

        await server.Database.KeyDeleteAsync([.. StateKeys.Of(keys)]);

        await Assert.ThrowsAsync<GenerationMovedException>(() => store.SaveAsync([Save("crm", 5)], Cancellation));
        await Assert.ThrowsAsync<GenerationMovedException>(() => store.CountLanesAsync("crm", Cancellation));
        Assert.False(await server.Database.KeyExistsAsync(keys.Meta));
    }

    [Fact]
    public async Task SaveAsync_ReadPositionBeyondTheLast_IsRefusedWholeAndVoidsTheGeneration()
    {
        var keys = await server.CreatePartitionAsync(last: 10);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm", "other");
        await store.SaveAsync([Save("crm", 11), Save("other", 11)], Cancellation);

        await Assert.ThrowsAsync<GenerationMovedException>(() => store.SaveAsync([Save("crm", 5), Save("other", 12)], Cancellation));

        await Assert.ThrowsAsync<GenerationMovedException>(() => store.LoadDestinationsAsync(Cancellation));
        var records = await Open(keys, server.Database, generation: await server.GenerationOfAsync(keys)).LoadDestinationsAsync(Cancellation);
        Assert.All(records, record => Assert.Equal(11, record.Progress.ReadPosition));
    }

    [Fact]
    public async Task RegisterAsync_BelowWhatTheLogHolds_IsRefused()
    {
        var keys = await server.CreatePartitionAsync(last: 100, truncated: 50);
        var store = Open(keys, server.Database);

        await Assert.ThrowsAsync<InvalidOperationException>(() => RegisterAsync(store, "crm"));

        Assert.Empty(await store.LoadDestinationsAsync(Cancellation));
    }

    [Fact]
    public async Task SaveAsync_AnswerLostAndToldAgain_IsAppliedOnce()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        await using var proxy = new CuttingProxy(server.Port);
        await using var connection = await ConnectAsync(proxy.Port);
        var store = Open(keys, connection.GetDatabase());
        await RegisterAsync(store, "crm");
        await store.SaveAsync([Save("crm", 2, new StateChange.Bury(Letter(7)))], Cancellation);
        DestinationSave[] saves =
        [
            Save(
                "crm", 9, new StateChange.Bury(Letter(5)), new StateChange.Bury(Letter(7)), new StateChange.Park(Parked(6)),
                new StateChange.GiveUp(new GivenUpRange("crm", 20, 30, 5, "backlog", Now))),
        ];

        proxy.CutNextAnswer();
        await Assert.ThrowsAsync<LogUnavailableException>(() => store.SaveAsync(saves, Cancellation));
        Assert.True(proxy.HasCut);
        var number = await LetterNumberAsync(keys, 7);
        Assert.Equal(3, number);
        await RepeatAsync(() => store.SaveAsync(saves, Cancellation));

        Assert.Equal(number, await LetterNumberAsync(keys, 7));
        Assert.Single(await store.ReadGivenUpAsync("crm", 10, Cancellation));
        Assert.Equal((9L, 2L), (await store.LoadDestinationsAsync(Cancellation)).Select(record => (record.Progress.ReadPosition, record.DeadLetters)).Single());
        Assert.Equal(["5=1", "6=1", "7=1"], await ReferencesAsync(keys));

        // The same words in another save are news.
        await store.SaveAsync([Save("crm", 9, saves[0].Changes)], Cancellation);
        Assert.Equal(2, (await store.ReadGivenUpAsync("crm", 10, Cancellation)).Count);
    }

    [Fact]
    public async Task SaveAsync_OvertakenByALaterOne_ChangesNothing()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm");
        await store.SaveAsync([Save("crm", 3)], Cancellation);
        var written = await server.Database.HashGetAllAsync(keys.State("state"));
        var writer = written.Single(entry => entry.Name == "writer").Value;
        await store.SaveAsync([Save("crm", 9)], Cancellation);

        // What an old connection may still bring.
        var late = new StateSteps(1).Add("once", writer, 1).Add("live", "crm", 3).Add("mark", writer, 1).On("crm").Progress(Save("crm", 3));
        var answer = await new StateCalls(server.Database, keys, 1, 0).CallAsync(StateScripts.Write, late.ToArguments(), Cancellation);

        Assert.Equal("done", (string?)answer[0]);
        Assert.Equal(9, Assert.Single(await store.LoadDestinationsAsync(Cancellation)).Progress.ReadPosition);
    }

    [Fact]
    public async Task SaveAsync_LastReferenceGoes_DropsTheKeptBodyAndOnlyThen()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm", "other");
        await store.SaveAsync([Save("crm", 9, new StateChange.Park(Parked(5)), new StateChange.Park(Parked(5)), new StateChange.Bury(Letter(6))), Save("other", 9, new StateChange.Park(Parked(5)))], Cancellation);
        await server.Database.HashSetAsync(keys.Bodies, [new("5", "five"), new("6", "six")]);
        Assert.Equal(["5=2", "6=1"], await ReferencesAsync(keys));

        // The letter stands in for the parked event, and the other way round: in between, nothing refers to it.
        await store.SaveAsync([Save("other", 9, new StateChange.Unpark(Lane, new ParkedPlace(5, 5)))], Cancellation);
        await store.SaveAsync([Save("crm", 9, new StateChange.Unpark(Lane, new ParkedPlace(5, 5)), new StateChange.Bury(Letter(5)), new StateChange.Exhume(6), new StateChange.Park(Parked(6)))], Cancellation);
        Assert.Equal(["5=1", "6=1"], await ReferencesAsync(keys));
        Assert.Equal(2, await server.Database.HashLengthAsync(keys.Bodies));

        await store.SaveAsync([Save("crm", 9, new StateChange.DeleteLetter(5), new StateChange.Unpark(Lane, new ParkedPlace(6, 6)), new StateChange.Unpark(Lane, new ParkedPlace(6, 6)))], Cancellation);
        Assert.Empty(await ReferencesAsync(keys));
        Assert.Equal(0, await server.Database.HashLengthAsync(keys.Bodies));
        Assert.Equal(0, await server.Database.HashLengthAsync(keys.ReferenceCounts));
    }

    [Fact]
    public async Task Pins_ProgressAndReplays_TellWhatTheLogMustKeep()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm", "other");
        await store.SaveAsync([Save("crm", new Progress(50, [7, 9])), Save("other", 60)], Cancellation);
        await store.AddReplayAsync(Replay("rpl_log", ofLetters: false), Cancellation);
        await store.AddReplayAsync(Replay("rpl_letters", ofLetters: true), Cancellation);
        Assert.Equal(["r:rpl_log=2", "d:crm=7", "d:other=60"], await PinsAsync(keys));

        await store.SaveAsync([Save("crm", 50, new StateChange.Replayed("rpl_log", new ReplayProgress(ReplayState.Running, 20, 4)))], Cancellation);
        Assert.Equal(["r:rpl_log=20", "d:crm=50", "d:other=60"], await PinsAsync(keys));

        await store.SaveAsync([Save("crm", 50, new StateChange.Replayed("rpl_log", new ReplayProgress(ReplayState.Running, 40, 4)))], Cancellation);
        await store.ForgetAsync(new GivenUpRange("other", 60, 100, 40, "gone", Now), Cancellation);
        Assert.Equal(["d:crm=50"], await PinsAsync(keys));
    }

    [Fact]
    public async Task AnyCall_RedisIsFull_IsDoneAllTheSame()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await server.ConfigureAsync("maxmemory", "1");
        try
        {
            Assert.StartsWith("-OOM", server.Ask("SET t:full 1"), StringComparison.Ordinal);
            await RegisterAsync(store, "crm");
            await store.SaveAsync([Save("crm", 9, new StateChange.Park(Parked(5)), new StateChange.Bury(Letter(4)))], Cancellation);

            Assert.Equal(9, Assert.Single(await store.LoadDestinationsAsync(Cancellation)).Progress.ReadPosition);
            Assert.Equal(["4=1", "5=1"], await ReferencesAsync(keys));
        }
        finally
        {
            await server.ConfigureAsync("maxmemory", "0");
        }
    }

    [Fact]
    public async Task AnyCall_ScriptsFlushed_LoadsThemAgain()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm");

        await server.ForgetScriptsAsync();
        await store.SaveAsync([Save("crm", 4)], Cancellation);
        await server.ForgetScriptsAsync();

        Assert.Equal(4, Assert.Single(await store.LoadDestinationsAsync(Cancellation)).Progress.ReadPosition);
    }

    [Fact]
    public async Task AnyCall_NoServer_IsUnavailable()
    {
        var keys = await server.CreatePartitionAsync(last: 100);
        await using var proxy = new CuttingProxy(server.Port);
        await using var connection = await ConnectAsync(proxy.Port);
        var store = Open(keys, connection.GetDatabase());
        await store.LoadDestinationsAsync(Cancellation);

        await proxy.StopAsync();

        await Gateway.Eventually.IsTrueAsync("the connection is lost", () => !connection.IsConnected);
        var refused = await Assert.ThrowsAsync<LogUnavailableException>(() => store.LoadDestinationsAsync(Cancellation));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
    }

    [Fact]
    public async Task ReadDeadLettersAsync_MoreThanAWindow_FindsTheRareOnes()
    {
        var keys = await server.CreatePartitionAsync(last: 10_000);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm");
        await store.SaveAsync([Save("crm", 9, [.. Enumerable.Range(1, 3500).Select(i => new StateChange.Bury(Letter(i) with { Type = i % 700 == 0 ? "rare" : null }))])], Cancellation);
        var rare = new DeadLetterFilter { Type = "rare" };

        Assert.Equal(5, await store.CountDeadLettersAsync("crm", rare, Cancellation));
        Assert.Equal(5, await store.CountDeadLettersAsync(null, rare, Cancellation));
        foreach (var destination in (string?[])["crm", null])
        {
            var newest = await store.ReadDeadLettersAsync(new DeadLetterQuery(destination, rare, null, null, 3), Cancellation);
            var older = await store.ReadDeadLettersAsync(new DeadLetterQuery(destination, rare, newest[^1].Number, null, 3), Cancellation);
            Assert.Equal([3500L, 2800L, 2100L, 1400L, 700L], newest.Concat(older).Select(stored => stored.Letter.Position));
        }

        var byPosition = await store.ReadDeadLettersAsync(new DeadLetterQuery("crm", rare, null, 701, 10), Cancellation);
        Assert.Equal([1400L, 2100L, 2800L, 3500L], byPosition.Select(stored => stored.Letter.Position));
        var all = await store.ReadDeadLettersAsync(new DeadLetterQuery("crm", DeadLetterFilter.All, null, null, 10_000), Cancellation);
        Assert.Equal(Enumerable.Range(1, 3500).Reverse().Select(i => (long)i), all.Select(stored => stored.Letter.Position));
    }

    [Fact]
    public async Task CountLanesAsync_MoreThanAPage_CountsEachOnce()
    {
        var keys = await server.CreatePartitionAsync(last: 10_000);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm");
        await store.SaveAsync(
            [Save("crm", 9, [.. Enumerable.Range(1, 5000).SelectMany(i => (StateChange[])[new StateChange.Park(Parked(i) with { Lane = LaneId.OfPosition(i % 2500) }), new StateChange.SetDue(LaneId.OfPosition(i), Now.AddSeconds(-i))])])],
            Cancellation);

        Assert.Equal(Enumerable.Repeat(2, 2500), (await store.CountLanesAsync("crm", Cancellation)).Select(lane => lane.Events));
        var due = await store.ReadDueAsync("crm", int.MaxValue, Cancellation);
        Assert.Equal(Enumerable.Range(1, 5000).Reverse().Select(i => LaneId.OfPosition(i)), due.Select(lane => lane.Lane));
    }

    [Fact]
    public async Task ForgetAsync_MoreThanAPage_BuriesAllAndLeavesNothingParked()
    {
        var keys = await server.CreatePartitionAsync(last: 10_000);
        var store = Open(keys, server.Database);
        await RegisterAsync(store, "crm", "crm2");
        await store.SaveAsync(
            [
                Save("crm", 9, [.. Enumerable.Range(1, 600).Select(i => new StateChange.Park(Parked(i))), new StateChange.SetDue(Lane, Now)]),
                Save("crm2", 9, new StateChange.Park(Parked(3)), new StateChange.SetDue(Lane, Now)),
            ],
            Cancellation);
        var unread = new GivenUpRange("crm", 9, 20, 11, "gone", Now);

        await store.ForgetAsync(unread, Cancellation);
        await store.ForgetAsync(unread, Cancellation);

        Assert.Equal(600, await store.CountDeadLettersAsync("crm", DeadLetterFilter.All, Cancellation));
        Assert.Single(await store.ReadGivenUpAsync(null, 10, Cancellation));
        Assert.Empty(await store.CountLanesAsync("crm", Cancellation));
        Assert.Empty(await store.ReadDueAsync("crm", 10, Cancellation));
        Assert.Single(await store.CountLanesAsync("crm2", Cancellation));
        Assert.Single(await store.ReadDueAsync("crm2", 10, Cancellation));
        Assert.Equal(600, (await ReferencesAsync(keys)).Count);
    }

    [Fact]
    public async Task AddRejectedAsync_LargeBodies_StayWithinTheirBytes()
    {
        var keys = await server.CreatePartitionAsync(last: 1);
        var store = Open(keys, server.Database);
        var body = new byte[32 << 10];

        for (var i = 0; i < 20; i++)
        {
            await store.AddRejectedAsync([.. Enumerable.Range(0, 50).Select(_ => new RejectedIngest(0, "app", Now, "no", body))], Cancellation);
        }

        var kept = await store.ReadRejectedAsync(null, null, 10_000, Cancellation);
        Assert.InRange(kept.Count, 450, 512);
        Assert.Equal(kept.Count, await store.DeleteRejectedAsync(null, Cancellation));
        Assert.Equal(0, (long)await server.Database.HashGetAsync(keys.State("state"), "rejectedBytes"));
    }

    private static RedisStateStore Open(PartitionKeys keys, IDatabase database, long generation = 1) =>
        new(database, keys, generation, 0, new FakeTimeProvider(Now)) { FindEvent = (_, _) => ValueTask.FromResult<Event?>(null) };

    private static Task<ConnectionMultiplexer> ConnectAsync(int port) => ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
    {
        EndPoints = { { "127.0.0.1", port } },
        ReconnectRetryPolicy = new LinearRetry(20),
        HeartbeatInterval = TimeSpan.FromMilliseconds(50),
        BacklogPolicy = BacklogPolicy.FailFast,
    });

    private static Task RepeatAsync(Func<Task> call) => Delivery.Eventually.TrueAsync("the store answers", async () =>
    {
        try
        {
            await call();
            return true;
        }
        catch (LogUnavailableException)
        {
            return false;
        }
    });

    private static Task RegisterAsync(RedisStateStore store, params string[] names) => store.RegisterAsync(
        [.. names.Select(name => new DestinationRecord { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = Now })], names, Now, Cancellation);

    private static DestinationSave Save(string name, long read, params IReadOnlyList<StateChange> changes) => Save(name, Progress.StartingAt(read), changes);

    private static DestinationSave Save(string name, Progress progress, params IReadOnlyList<StateChange> changes) =>
        new(name) { Progress = progress, Counters = default, Changes = changes };

    private static ParkedEvent Parked(long position) => new(Lane, position, position, 1, Now, Now, new AttemptError("status", 503, "no"));

    private static DeadLetter Letter(long position) =>
        new(position, Lane, "ada", "track", "rejected", new AttemptError("status", 400, "no"), default, Now, Now, 1, Now);

    private static ReplayJob Replay(string id, bool ofLetters) => new()
    {
        Id = id, Destination = "crm", OfDeadLetters = ofLetters, Filter = DeadLetterFilter.All, From = 2, Before = 40, Total = 38, CreatedAt = Now,
        Progress = new ReplayProgress(ReplayState.Running, 2, 0),
    };

    private async Task<long> LetterNumberAsync(PartitionKeys keys, long position) =>
        LetterCodec.Read([.. ParkedCodec.Prefix("crm"), .. StateSteps.Bytes(position)], (byte[])(await server.Database.HashGetAsync(keys.State("letters"), (byte[])[.. ParkedCodec.Prefix("crm"), .. StateSteps.Bytes(position)]))!).Number;

    private async Task<List<string>> PinsAsync(PartitionKeys keys) =>
        [.. (await server.Database.SortedSetRangeByRankWithScoresAsync(keys.State("pins"))).Select(pin => $"{pin.Element}={pin.Score}")];

    private async Task<List<string>> ReferencesAsync(PartitionKeys keys)
    {
        var counts = (await server.Database.HashGetAllAsync(keys.ReferenceCounts)).ToDictionary(entry => (long)entry.Name, entry => (long)entry.Value);
        var positions = await server.Database.SortedSetRangeByRankWithScoresAsync(keys.References);
        Assert.All(positions, position => Assert.Equal((double)position.Element, position.Score));
        Assert.Equal(counts.Keys.Order(), positions.Select(position => (long)position.Element).Order());
        return [.. counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}")];
    }
}
