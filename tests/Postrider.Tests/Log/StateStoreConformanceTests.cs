using System.Text;
using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>What every log's state store promises.</summary>
public abstract class StateStoreConformanceTests : RepeatConformanceTests
{
    private protected static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private protected static readonly LaneId Lane = LaneId.OfKey(0xFEDC_BA98_7654_3210);
    private protected static readonly LaneId OtherLane = LaneId.OfKey(42);

    private protected IStateStore State => Partition.State;

    [Fact]
    public async Task RegisterAsync_NewDestination_IsLoadedWithItsStart()
    {
        await AppendManyAsync(5);

        await RegisterAsync("crm", 3);

        var loaded = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        Assert.Equal("crm", loaded.Name);
        Assert.Equal(3, loaded.StartPosition);
        Assert.Equal(3, loaded.Progress.Cursor);
        Assert.Equal(DestinationControl.None, loaded.Control);
        Assert.Equal(Now, loaded.LastListed);
    }

    [Fact]
    public async Task RegisterAsync_Again_OnlyMarksItAsListed()
    {
        await AppendManyAsync(5);
        await RegisterAsync("crm", 3);

        await State.RegisterAsync([New("crm", 5)], ["crm"], Now.AddHours(1), Cancellation);

        var loaded = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        Assert.Equal(3, loaded.StartPosition);
        Assert.Equal(Now.AddHours(1), loaded.LastListed);
    }

    [Fact]
    public async Task SaveAsync_ProgressAndCounters_SurviveAReopen()
    {
        await AppendManyAsync(1000);
        await RegisterAsync("crm", 1);
        var progress = new Progress(900, [3, 4, 5, 130, 131, 899]);

        await SaveAsync("crm", progress, new DestinationCounters(800, 12, 7), new StateChange.Control(new DestinationControl(true, "410 Gone")));
        await ReopenLogAsync();

        var loaded = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        Assert.Equal(900, loaded.Progress.ReadPosition);
        Assert.Equal(progress.Outstanding, loaded.Progress.Outstanding);
        Assert.Equal(new DestinationCounters(800, 12, 7), loaded.Counters);
        Assert.Equal(new DestinationControl(true, "410 Gone"), loaded.Control);
    }

    [Fact]
    public async Task ReadLaneAsync_ParkedEvents_StandByAfterThenPosition()
    {
        await RegisterAsync("crm", 1);
        var error = new AttemptError("status", 503, "Service Unavailable");
        await SaveAsync(
            "crm",
            new StateChange.Park(new ParkedEvent(Lane, 9, 4, 0, Now, null, null)),
            new StateChange.Park(new ParkedEvent(Lane, 7, 7, 2, Now, Now, error)),
            new StateChange.Park(new ParkedEvent(Lane, 9, 2, 0, Now, null, null)),
            new StateChange.Park(new ParkedEvent(OtherLane, 1, 1, 0, Now, null, null)));

        var all = await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10, Cancellation);
        var behind = await State.ReadLaneAsync("crm", Lane, new ParkedPlace(9, 2), 10, Cancellation);
        var first = await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 1, Cancellation);

        Assert.Equal([7L, 2L, 4L], all.Select(e => e.Position));
        Assert.Equal(new ParkedEvent(Lane, 7, 7, 2, Now, Now, error), all[0]);
        Assert.Equal([4L], behind.Select(e => e.Position));
        Assert.Equal([7L], first.Select(e => e.Position));
    }

    [Fact]
    public async Task SaveAsync_ParkAgainAndUnpark_ReplacesAndRemoves()
    {
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", new StateChange.Park(new ParkedEvent(Lane, 5, 5, 1, Now, Now, null)), new StateChange.Park(new ParkedEvent(Lane, 6, 6, 0, Now, null, null)));

        await SaveAsync("crm", new StateChange.Park(new ParkedEvent(Lane, 5, 5, 2, Now, Now, null)), new StateChange.Unpark(Lane, new ParkedPlace(6, 6)), new StateChange.Unpark(Lane, new ParkedPlace(99, 99)));

        var parked = Assert.Single(await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10, Cancellation));
        Assert.Equal(2, parked.Attempts);
        Assert.Equal(5, await State.FindOldestParkedAsync("crm", Cancellation));
        Assert.Equal([new ParkedLaneCount(Lane, 1, Now, 0)], await State.CountLanesAsync("crm", Cancellation));
    }

    [Fact]
    public async Task FindOldestParkedAsync_NothingParked_IsNull()
    {
        await RegisterAsync("crm", 1);

        Assert.Null(await State.FindOldestParkedAsync("crm", Cancellation));
        Assert.Empty(await State.CountLanesAsync("crm", Cancellation));
    }

    [Fact]
    public async Task ReadDueAsync_Lanes_ComeEarliestFirst()
    {
        await RegisterAsync("crm", 1);
        await RegisterAsync("other", 1);
        await SaveAsync("other", new StateChange.SetDue(new LaneId(2), Now));
        await SaveAsync(
            "crm",
            new StateChange.SetDue(Lane, Now.AddSeconds(5)),
            new StateChange.SetDue(OtherLane, Now.AddSeconds(3)),
            new StateChange.SetDue(new LaneId(6), Now.AddSeconds(1)),
            new StateChange.SetDue(Lane, Now.AddSeconds(2)),
            new StateChange.ClearDue(new LaneId(6)));

        var due = await State.ReadDueAsync("crm", 10, Cancellation);
        var first = await State.ReadDueAsync("crm", 1, Cancellation);

        Assert.Equal([new ParkedLane(Lane, Now.AddSeconds(2)), new ParkedLane(OtherLane, Now.AddSeconds(3))], due);
        Assert.Equal([due[0]], first);
    }

    [Fact]
    public async Task SaveAsync_BuryTwice_KeepsOneAndCountsOne()
    {
        await RegisterAsync("crm", 1);

        await SaveAsync("crm", new StateChange.Bury(Letter(4, "first")));
        await SaveAsync("crm", new StateChange.Bury(Letter(4, "second")), new StateChange.Bury(Letter(5, "third")));

        var loaded = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        var record = await State.FindEventAsync("crm", 4, Cancellation);
        Assert.Equal(2, loaded.DeadLetters);
        Assert.Equal("second", record.Dead?.Error.Message);
    }

    [Fact]
    public async Task FindEventAsync_DeadLetter_ComesBackWhole()
    {
        await RegisterAsync("crm", 1);
        var letter = Letter(4, "no such user");

        await SaveAsync("crm", new StateChange.Bury(letter));

        var dead = (await State.FindEventAsync("crm", 4, Cancellation)).Dead!;
        Assert.Equal(letter with { Answer = default }, dead with { Answer = default });
        Assert.Equal("the answer", Encoding.UTF8.GetString(dead.Answer.Span));
    }

    [Fact]
    public async Task FindEventAsync_ParkedEventWithRoutes_TellsBoth()
    {
        await RegisterAsync("crm", 1);
        var parked = new ParkedEvent(Lane, 4, 4, 1, Now, Now, new AttemptError("timeout", null, "10 s"));
        await SaveAsync(
            "crm",
            new StateChange.Route(1, "everything"),
            new StateChange.Route(5, "only track"),
            new StateChange.Park(parked),
            new StateChange.SetDue(Lane, Now.AddSeconds(2)));

        var before = await State.FindEventAsync("crm", 4, Cancellation);
        var behind = await State.FindEventAsync("crm", 5, Cancellation);

        Assert.Equal(new EventRecord(parked, Now.AddSeconds(2), null, false, null, "everything"), before);
        Assert.Equal(new EventRecord(null, null, null, false, null, "only track"), behind);
    }

    [Fact]
    public async Task SaveAsync_OneOfSeveralImpossible_SavesNone()
    {
        await RegisterAsync("crm", 1);
        var good = Save("crm", Progress.StartingAt(5), default, new StateChange.Bury(Letter(3, "x")));
        var bad = Save("nobody", Progress.StartingAt(5), default);

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => State.SaveAsync([good, bad], Cancellation));

        var loaded = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        Assert.Equal(1, loaded.Progress.Cursor);
        Assert.Equal(0, loaded.DeadLetters);
        Assert.Null((await State.FindEventAsync("crm", 3, Cancellation)).Dead);
    }

    [Fact]
    public async Task SaveAsync_ThousandsOfChangesWhileReading_IsAllOrNothingToReaders()
    {
        await RegisterAsync("crm", 1);
        using var stop = new CancellationTokenSource();
        var sizes = new List<int>();
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                sizes.Add((await State.ReadLaneAsync("crm", Lane, ParkedPlace.Start, 10_000, Cancellation)).Count);
            }
        }, Cancellation);

        for (var round = 0; round < 5; round++)
        {
            await SaveAsync("crm", [.. Enumerable.Range(0, 1000).Select(i => new StateChange.Park(new ParkedEvent(Lane, (round * 1000) + i, i, 0, Now, null, null)))]);
        }

        await stop.CancelAsync();
        await reading;
        Assert.All(sizes, size => Assert.Equal(0, size % 1000));
        Assert.Equal(5000, Assert.Single(await State.CountLanesAsync("crm", Cancellation)).Events);
    }

    [Fact]
    public async Task ForgetAsync_Destination_BuriesItsParkedEventsAndRecordsTheRest()
    {
        await AppendManyAsync(3);
        var keyed = TestEvents.Create("{}", key: "ada", type: "track");
        await Log.AppendAsync(keyed);
        var position = keyed.Place.Position;
        await RegisterAsync("crm", 1);
        await SaveAsync(
            "crm", new Progress(position + 1, []), new DestinationCounters(3, 1, 1),
            new StateChange.Park(new ParkedEvent(Lane, position, position, 1, Now, Now, new AttemptError("timeout", null, "late"))),
            new StateChange.SetDue(Lane, Now));
        var range = new GivenUpRange("crm", position + 1, position + 50, 17, "not configured for 24 h", Now);

        await State.ForgetAsync(range, Cancellation);

        Assert.Empty(await State.LoadDestinationsAsync(Cancellation));
        var record = await State.FindEventAsync("crm", position, Cancellation);
        Assert.Null(record.Parked);
        Assert.Equal(("forgotten", "ada", "track"), (record.Dead!.Class, record.Dead.Key, record.Dead.Type));
        Assert.Equal(range, (await State.FindEventAsync("crm", position + 10, Cancellation)).GivenUp! with { Number = 0 });
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => SaveAsync("crm"));
    }

    [Fact]
    public async Task RegisterAsync_AfterForget_BeginsAnewAndKeepsOldDeadLetters()
    {
        await AppendManyAsync(5);
        await RegisterAsync("crm", 1);
        await SaveAsync("crm", new StateChange.Bury(Letter(2, "x")));
        await State.ForgetAsync(new GivenUpRange("crm", 1, 6, 5, "gone", Now), Cancellation);

        await RegisterAsync("crm", 6);

        var loaded = Assert.Single(await State.LoadDestinationsAsync(Cancellation));
        Assert.Equal((6L, 6L, 1L), (loaded.StartPosition, loaded.Progress.Cursor, loaded.DeadLetters));
    }

    private protected async Task RegisterAsync(string name, long start) => await State.RegisterAsync([New(name, start)], [name], Now, Cancellation);

    private protected static DestinationRecord New(string name, long start) =>
        new() { Name = name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = Now };

    private protected static DestinationSave Save(string name, Progress progress, DestinationCounters counters, params IReadOnlyList<StateChange> changes) =>
        new(name) { Progress = progress, Counters = counters, Changes = changes };

    private protected Task SaveAsync(string name, params IReadOnlyList<StateChange> changes) => SaveAsync(name, Progress.StartingAt(1), default, changes);

    private protected Task SaveAsync(string name, Progress progress, DestinationCounters counters, params IReadOnlyList<StateChange> changes) =>
        State.SaveAsync([Save(name, progress, counters, changes)], Cancellation);

    private protected static DeadLetter Letter(long position, string message) => new(
        position, Lane, "ada", "track", "rejected", new AttemptError("status", 400, message), "the answer"u8.ToArray(), Now, Now.AddSeconds(1), 3, Now.AddSeconds(2));
}
