using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>Dead letters and skips: listing, deleting, blocked heads, and the backlog given up by hand and by its limits.</summary>
public sealed class CurationTests : IAsyncDisposable
{
    private readonly FakeDestination _destination = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await _destination.DisposeAsync();

    [Fact]
    public async Task List_Pages_TellsEachLetterOnceNewestFirst()
    {
        await using var harness = await DeadAsync(7);

        var positions = new List<long>();
        string? cursor = null;
        do
        {
            var page = await harness.Service.DeadLetters.ListAsync("a", new EventSelection(), cursor, 3, Cancellation);
            positions.AddRange(page.Letters.Select(listed => listed.Letter.Position));
            Assert.All(page.Letters, listed => Assert.Equal($"evt_memory-0-0-{listed.Letter.Position}", listed.EventId));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(1, 7).Select(position => (long)position), positions.Order());
        Assert.Equal(7, await harness.Service.DeadLetters.CountAsync(null, new EventSelection(), Cancellation));
        Assert.Equal(1, await harness.Service.DeadLetters.CountAsync("a", new EventSelection(Id: "evt_memory-0-0-3"), Cancellation));
        Assert.Equal(0, await harness.Service.DeadLetters.CountAsync("a", new EventSelection(Id: "evt_other-0-0-3"), Cancellation));
        await Assert.ThrowsAsync<FormatException>(() => harness.Service.DeadLetters.ListAsync("a", new EventSelection(), "what", 3, Cancellation));
    }

    [Fact]
    public async Task CountRejected_OfMoreThanAPage_CountsAll()
    {
        await using var harness = await DeadAsync(1);
        var many = Enumerable.Range(0, DispatcherLimits.CurationStep + 1)
            .Select(i => new RejectedIngest(0, i % 2 == 0 ? "app" : "web", DateTimeOffset.UnixEpoch, "no JSON", default));
        await harness.Log.Store.AddRejectedAsync([.. many], Cancellation);

        Assert.Equal(DispatcherLimits.CurationStep + 1, await harness.Service.DeadLetters.CountRejectedAsync(null, Cancellation));
        Assert.Equal(DispatcherLimits.CurationStep / 2, await harness.Service.DeadLetters.CountRejectedAsync("web", Cancellation));
        Assert.Equal(0, await harness.Service.DeadLetters.CountRejectedAsync("none", Cancellation));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(null)]
    public async Task Delete_ByKey_DeletesThemAndTheCounterHolds(string? destination)
    {
        await using var harness = await DeadAsync(7);

        var deleted = await harness.Service.DeadLetters.DeleteAsync(destination, new EventSelection("u1"), Cancellation);

        Assert.Equal(2, deleted);
        Assert.Equal(5, (await harness.StatusAsync("a")).DeadLetters);
        Assert.Equal([1, 3, 4, 6, 7], harness.Log.Store.DeadLettersOf("a").Select(letter => letter.Position).Order());
        var story = await harness.Service.FindEventAsync("evt_memory-0-0-2", Cancellation);
        Assert.Equal("dead-letter-deleted", Assert.Single(story!.Destinations).State);
    }

    [Fact]
    public async Task Delete_DestinationNotConfigured_TheStoreDoes()
    {
        await using var harness = await DeadAsync(4);
        await harness.ReloadAsync(DeliveryHarness.ConfigOf([]));

        Assert.Equal(4, await harness.Service.DeadLetters.DeleteAsync(null, new EventSelection(), Cancellation));

        Assert.Empty(harness.Log.Store.DeadLettersOf("a"));
        Assert.Equal(0, (await harness.StatusAsync("a")).DeadLetters);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BlockedHead_ReplayedOrDeleted_TheLaneGoesOn(bool replay)
    {
        var log = await BlockedAsync();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = _destination }, log: log);
        await harness.PublishAsync("u1");
        await Eventually.TrueAsync("the lane stays blocked", async () => await harness.StatusAsync("a") is { Lag: 0, ParkedEvents: 3, InFlight: 0 });
        Assert.Empty(_destination.Attempts);

        if (replay)
        {
            await harness.Service.Replays.StartAsync(new ReplayRequest("a", true, new EventSelection(), null, null), Cancellation);
        }
        else
        {
            Assert.Equal(1, await harness.Service.DeadLetters.DeleteAsync("a", new EventSelection(), Cancellation));
        }

        await Eventually.TrueAsync("the lane is empty", async () => await harness.StatusAsync("a") is { ParkedEvents: 0, DeadLetters: 0, InFlight: 0 });
        Assert.Equal(replay ? [1, 2, 3] : [2, 3], _destination.Attempts.Select(attempt => attempt.Event.Position));
        Assert.All(_destination.Attempts, attempt => Assert.Equal(1, attempt.Attempt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Skip_Backlog_IsGivenUpRecordedAndReplayable(bool paused)
    {
        await using var harness = await BacklogAsync(10);

        var skipped = await harness.Service.SkipAsync("a", null, Cancellation);

        Assert.Equal(new SkipResult(10, 10), skipped);
        var range = Assert.Single(await harness.Service.DeadLetters.ListSkippedAsync("a", 10, Cancellation));
        Assert.Equal((1L, 11L, 10L), (range.Range.From, range.Range.Before, range.Range.Events));
        var story = await harness.Service.FindEventAsync("evt_memory-0-0-4", Cancellation);
        Assert.Equal("given-up", Assert.Single(story!.Destinations).State);
        await harness.PublishAsync("u1");
        await harness.Service.ResumeAsync("a", Cancellation);
        await _destination.ArriveAsync(1);
        Assert.Equal(11, Assert.Single(_destination.Attempts).Event.Position);
        if (paused)
        {
            await harness.Service.PauseAsync("a", Cancellation);
        }

        await harness.Service.Replays.StartAsync(new ReplayRequest("a", false, new EventSelection(), range.Id, null), Cancellation);
        await harness.Service.ResumeAsync("a", Cancellation);
        await Eventually.TrueAsync("they are delivered", async () => await harness.StatusAsync("a") is { Delivered: 11, ParkedEvents: 0 });
    }

    [Fact]
    public async Task Skip_BeforeATime_KeepsWhatIsNewer()
    {
        await using var harness = await BacklogAsync(3);

        var skipped = await harness.Service.SkipAsync("a", DateTimeOffset.UnixEpoch, Cancellation);
        await harness.Service.ResumeAsync("a", Cancellation);

        Assert.Equal(new SkipResult(0, 0), skipped);
        await _destination.ArriveAsync(3);
        Assert.Null(await harness.Service.SkipAsync("nobody", null, Cancellation));
    }

    [Theory]
    [InlineData(OnBacklogFull.Skip, 0L)]
    [InlineData(OnBacklogFull.Hold, 4L)]
    public async Task Backlog_OlderThanItsLimit_IsSkippedOrHeld(OnBacklogFull onFull, long lag)
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = _destination },
            destination => destination with { Backlog = new BacklogConfig { MaxAge = TimeSpan.FromMinutes(5), OnFull = onFull } },
            time);
        var pausing = harness.Service.PauseAsync("a", Cancellation);
        await Eventually.TrueAsync("it is paused", () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return pausing.IsCompleted;
        });
        for (var i = 0; i < 4; i++)
        {
            await harness.PublishAsync("u1");
        }

        var rounds = 0;
        await Eventually.TrueAsync("its limit is looked after", async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ++rounds > 20 && (await harness.StatusAsync("a")).Lag == lag;
        });
        Assert.Equal(onFull == OnBacklogFull.Skip ? 1 : 0, (await harness.Service.DeadLetters.ListSkippedAsync("a", 10, Cancellation)).Count);
        Assert.Empty(_destination.Attempts);
    }

    [Theory]
    [InlineData(OnBacklogFull.Skip)]
    [InlineData(OnBacklogFull.Hold)]
    public async Task Backlog_LargerThanItsLimit_LosesItsOldestPartOrIsHeld(OnBacklogFull onFull)
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = _destination },
            destination => destination with { Backlog = new BacklogConfig { MaxSize = new(5_000), OnFull = onFull } },
            time);
        var pausing = harness.Service.PauseAsync("a", Cancellation);
        await Eventually.TrueAsync("it is paused", () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return pausing.IsCompleted;
        });
        for (var i = 0; i < 100; i++)
        {
            await harness.PublishAsync("u1");
        }

        // A hundred bytes each: half of them are too many, and a twentieth of the limit goes with those.
        harness.Log.UsedBytes = 10_000;
        await Eventually.TrueAsync("its limit is looked after", async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            var status = await harness.StatusAsync("a");
            return onFull == OnBacklogFull.Skip ? status.Lag == 47 : status.BacklogWarning is not null;
        });

        var skipped = await harness.Service.DeadLetters.ListSkippedAsync("a", 10, Cancellation);
        Assert.Equal(onFull == OnBacklogFull.Skip ? 47 : 100, (await harness.StatusAsync("a")).Lag);
        Assert.Equal(onFull == OnBacklogFull.Skip ? [(1L, 54L, 53L)] : [], skipped.Select(range => (range.Range.From, range.Range.Before, range.Range.Events)));
        Assert.Empty(_destination.Attempts);
    }

    // The head of u1's lane is blocked, another event waits behind it.
    private static async Task<MemoryLog> BlockedAsync()
    {
        var log = new MemoryLog();
        for (var i = 0; i < 2; i++)
        {
            await log.AppendAsync(MemoryLog.NewEvent("u1"));
        }

        var lane = LaneId.OfKey((await log.GetAsync(1, Cancellation))!.KeyHash);
        var now = DateTimeOffset.UnixEpoch;
        var error = new AttemptError("status", 400, "400");
        await log.Store.RegisterAsync(
            [new DestinationRecord { Name = "a", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = now }], ["a"], now, Cancellation);
        await log.Store.SaveAsync(
            [
                new DestinationSave("a")
                {
                    Progress = Progress.StartingAt(3),
                    Counters = new DestinationCounters(0, 5, 2),
                    Changes =
                    [
                        new StateChange.Park(new ParkedEvent(lane, 1, 1, 5, now, now, error)),
                        new StateChange.Park(new ParkedEvent(lane, 2, 2, 0, now, null, null)),
                        new StateChange.SetDue(lane, ParkedLane.Blocked),
                        new StateChange.Bury(new DeadLetter(1, lane, "u1", null, "rejected", error, default, now, now, 5, now, Blocking: true)),
                    ],
                },
            ],
            Cancellation);
        return log;
    }

    private async Task<DeliveryHarness> BacklogAsync(int events)
    {
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = _destination });
        await harness.Service.PauseAsync("a", Cancellation);
        for (var i = 0; i < events; i++)
        {
            await harness.PublishAsync($"u{i % 3}");
        }

        return harness;
    }

    private async Task<DeliveryHarness> DeadAsync(int events)
    {
        _destination.Answer = (_, _) => Task.FromResult(DeliveryResult.Rejected("status", "400", 400));
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = _destination });
        for (var i = 0; i < events; i++)
        {
            await harness.PublishAsync($"u{i % 3}");
        }

        await Eventually.TrueAsync("all are dead letters", () => harness.Log.Store.DeadLettersOf("a").Count == events);
        return harness;
    }
}
