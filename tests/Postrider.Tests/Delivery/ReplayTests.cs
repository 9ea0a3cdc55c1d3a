using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>Replays: what they take, the order they keep, what they wait for.</summary>
public sealed class ReplayTests : IAsyncDisposable
{
    private readonly FakeDestination _destination = new();
    private volatile bool _reject = true;

    public ReplayTests()
    {
        _destination.Answer = (_, _) => Task.FromResult(_reject ? DeliveryResult.Rejected("status", "400", 400) : DeliveryResult.Delivered(200));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await _destination.DisposeAsync();

    private IEnumerable<long> Positions => _destination.Attempts.Select(attempt => attempt.Event.Position);

    [Fact]
    public async Task Replay_DeadLetters_AreDeliveredInOrderAndAreNoMore()
    {
        await using var harness = await DeadAsync(20);

        var report = await EndAsync(harness, Letters());

        Assert.Equal((ReplayState.Done, 20L, 20L, 1.0), (report.State, report.Events, report.Total, report.Part));
        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("a") is { Delivered: 20, DeadLetters: 0, ParkedEvents: 0 });
        Assert.Empty(harness.Log.Store.DeadLettersOf("a"));
        Assert.All(_destination.Attempts.Skip(20).GroupBy(attempt => attempt.Event.Key), lane =>
            Assert.Equal(lane.Select(attempt => attempt.Event.Position).Order(), lane.Select(attempt => attempt.Event.Position)));
    }

    [Fact]
    public async Task Replay_OneKey_TakesItsLettersAlone()
    {
        await using var harness = await DeadAsync(9);

        var report = await EndAsync(harness, Letters(new EventSelection("u1")));

        Assert.Equal(3, report.Events);
        Assert.Equal("u1", report.Selection.Key);
        Assert.Null(report.Selection.Until);
        await Eventually.TrueAsync("they are delivered", async () => await harness.StatusAsync("a") is { Delivered: 3, DeadLetters: 6 });
        Assert.All(_destination.Attempts.Skip(9), attempt => Assert.Equal("u1", attempt.Event.Key));
    }

    [Fact]
    public async Task Replay_LettersThatDieAgain_AreReplayedOnce()
    {
        await using var harness = await DeadAsync(9);
        _reject = true;

        var report = await EndAsync(harness, Letters());

        Assert.Equal(9, report.Events);
        await Eventually.TrueAsync("they died again", () => harness.Log.Store.DeadLettersOf("a").Count == 9);
        Assert.Equal(18, _destination.Attempts.Count);
    }

    [Fact]
    public async Task Replay_LaneWaitsInMemory_StandsBehindIt()
    {
        await using var harness = await DeadAsync(1);
        var gate = new TaskCompletionSource();
        _destination.Answer = async (_, _) =>
        {
            await gate.Task;
            return DeliveryResult.Delivered(200);
        };
        for (var i = 0; i < 3; i++)
        {
            await harness.PublishAsync("u0");
        }

        await _destination.ArriveAsync(1);
        var report = await EndAsync(harness, Letters());
        await harness.PublishAsync("u0");
        gate.SetResult();

        Assert.Equal(1, report.Events);
        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("a") is { Delivered: 5, ParkedEvents: 0, Lag: 0 });
        Assert.Equal([2, 3, 4, 1, 5], Positions.Skip(1));
    }

    [Fact]
    public async Task Replay_OfTheLog_PassesOverWhatComesAnyway()
    {
        _reject = false;
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = _destination });
        await PublishAsync(harness, 6);
        await _destination.ArriveAsync(6);
        await Eventually.TrueAsync("they are settled", async () => await harness.StatusAsync("a") is { Lag: 0 });
        var gate = new TaskCompletionSource();
        _destination.Answer = async (_, _) =>
        {
            await gate.Task;
            return DeliveryResult.Delivered(200);
        };
        await harness.PublishAsync("u9");
        await _destination.ArriveAsync(1);

        var report = await EndAsync(harness, new ReplayRequest("a", false, new EventSelection(), null, null));
        gate.SetResult();

        Assert.Equal((6L, 7L), (report.Events, report.Total));
        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("a") is { Delivered: 13, ParkedEvents: 0, Lag: 0 });
        Assert.Equal(1, Positions.Count(position => position == 7));
        Assert.All(Enumerable.Range(1, 6), position => Assert.Equal(2, Positions.Count(delivered => delivered == position)));
    }

    [Fact]
    public async Task Replay_OfTheLogOverDeadLetters_TakesThemOutOfTheDeadLetters()
    {
        await using var harness = await DeadAsync(4);

        await EndAsync(harness, new ReplayRequest("a", false, new EventSelection(), null, null));

        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("a") is { Delivered: 4, DeadLetters: 0, ParkedEvents: 0 });
        Assert.Empty(harness.Log.Store.DeadLettersOf("a"));
    }

    [Fact]
    public async Task Replay_ToANewDestination_BringsWhatWasBeforeIt()
    {
        _reject = false;
        var late = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = _destination, ["b"] = late }, overall: config => config with { Destinations = new Dictionary<string, DestinationConfig> { ["a"] = config.Destinations["a"] } });
        await PublishAsync(harness, 5);
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(["a", "b"]));

        var report = await EndAsync(harness, new ReplayRequest("b", false, new EventSelection("u1"), null, null));

        await late.ArriveAsync(2);
        Assert.Equal(2, report.Events);
        Assert.Equal([2, 5], late.Attempts.Select(attempt => attempt.Event.Position));
        await Eventually.TrueAsync("they are delivered", async () => await harness.StatusAsync("b") is { Delivered: 2, ParkedEvents: 0 });
    }

    [Fact]
    public async Task Replay_DestinationPaused_WaitsAndSaysSo()
    {
        await using var harness = await DeadAsync(3);
        await harness.Service.PauseAsync("a", Cancellation);

        var report = await harness.Service.Replays.StartAsync(Letters(), Cancellation);
        await Eventually.TrueAsync("it says why it waits", async () =>
            (await harness.Service.Replays.FindAsync(report!.Id, Cancellation))!.Reason == "the destination is paused");
        Assert.Equal(3, harness.Log.Store.DeadLettersOf("a").Count);

        await harness.Service.ResumeAsync("a", Cancellation);
        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("a") is { Delivered: 3, DeadLetters: 0 });
    }

    [Fact]
    public async Task Replay_RestartInTheMiddle_GoesOnWhereItWas()
    {
        var harness = await DeadAsync(30);
        await harness.Service.PauseAsync("a", Cancellation);
        var report = await harness.Service.Replays.StartAsync(Letters() with { Rate = 2 }, Cancellation);
        await harness.Service.ResumeAsync("a", Cancellation);
        await Eventually.TrueAsync("some are replayed", async () => (await harness.Service.Replays.FindAsync(report!.Id, Cancellation))!.Events >= 2);

        await using var next = await harness.CrashAsync();

        var found = await next.Service.Replays.FindAsync(report!.Id, Cancellation);
        Assert.Equal((ReplayState.Running, 30L, 2.0), (found!.State, found.Total, found.Rate));
        Assert.InRange(found.Events, 2, 29);
        Assert.True((await next.Service.Replays.CancelAsync(report.Id, Cancellation))!.State == ReplayState.Cancelled);
        var rest = await EndAsync(next, Letters());
        Assert.Equal(30, rest.Total + (await next.Service.Replays.FindAsync(report.Id, Cancellation))!.Events);
        await Eventually.TrueAsync("all are delivered", async () => await next.StatusAsync("a") is { DeadLetters: 0, ParkedEvents: 0, InFlight: 0 });
        Assert.All(Enumerable.Range(1, 30), position => Assert.Contains(position, Positions.Skip(30)));
    }

    [Theory]
    [InlineData(200, 100)]
    [InlineData(4000, 20_000)]
    public async Task Replay_WithARate_HoldsItAndKeepsUpWithIt(int events, int rate)
    {
        var time = new FakeTimeProvider();
        await using var harness = await DeadAsync(events, time);
        var report = await harness.Service.Replays.StartAsync(Letters() with { Rate = rate }, Cancellation);
        var began = time.GetUtcNow();

        // Time creeps until the threads have done what is due, which is a little late because steps are few; what is never done fails.
        var late = TimeSpan.FromSeconds(0.2 * events / rate) + TimeSpan.FromMilliseconds(100);
        while (await FindAsync() is var running && running.Events < events)
        {
            var (elapsed, replayed) = (time.GetUtcNow() - began, running.Events);
            Assert.True(replayed <= rate * elapsed.TotalSeconds, $"{replayed} were replayed after {elapsed}.");
            var due = Math.Min(events, rate * (elapsed - late).TotalSeconds);
            await Eventually.TrueAsync($"what is due after {elapsed} is replayed", async () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                return (await FindAsync()).Events >= due;
            });
        }

        Assert.InRange((time.GetUtcNow() - began).TotalSeconds, 0.9 * events / rate, (1.5 * events / rate) + 1);
        await Eventually.TrueAsync("it is done", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            return (await FindAsync()).State == ReplayState.Done;
        });

        async Task<ReplayReport> FindAsync() => (await harness.Service.Replays.FindAsync(report!.Id, Cancellation))!;
    }

    [Fact]
    public async Task Replay_SecondToTheSameDestination_WaitsForTheFirst()
    {
        await using var harness = await DeadAsync(4);
        await harness.Service.PauseAsync("a", Cancellation);
        var first = await harness.Service.Replays.StartAsync(Letters(), Cancellation);
        var second = await harness.Service.Replays.StartAsync(Letters(), Cancellation);

        Assert.Contains("earlier replay", (await harness.Service.Replays.FindAsync(second!.Id, Cancellation))!.Reason, StringComparison.Ordinal);
        await harness.Service.Replays.CancelAsync(first!.Id, Cancellation);
        await harness.Service.ResumeAsync("a", Cancellation);

        await Eventually.TrueAsync("the second is done", async () =>
            await harness.Service.Replays.FindAsync(second.Id, Cancellation) is { State: ReplayState.Done, Events: 4 });
        Assert.Equal([second.Id, first.Id], (await harness.Service.Replays.ListAsync(Cancellation)).Select(report => report.Id).OrderBy(id => id == first.Id));
    }

    [Fact]
    public async Task Replay_DestinationForgotten_Fails()
    {
        var time = new FakeTimeProvider();
        await using var harness = await DeadAsync(4, time);
        await harness.Service.PauseAsync("a", Cancellation);
        var report = await harness.Service.Replays.StartAsync(Letters(), Cancellation);
        await harness.ReloadAsync(DeliveryHarness.ConfigOf([]));

        await Eventually.TrueAsync("it waits for the destination", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return (await harness.Service.Replays.FindAsync(report!.Id, Cancellation))!.Reason == "the destination is not in the configuration";
        });
        await Eventually.TrueAsync("it has failed", async () =>
        {
            time.Advance(TimeSpan.FromHours(1));
            return await harness.Service.Replays.FindAsync(report!.Id, Cancellation) is { State: ReplayState.Failed, Reason: "the destination was forgotten" };
        });
    }

    [Theory]
    [InlineData(0.0, null, false, "rate")]
    [InlineData(null, "skip_0_1", true, "skipped range")]
    [InlineData(null, "skip_0_77", false, "no skipped range")]
    [InlineData(null, null, false, "class")]
    public async Task Start_SenselessRequest_IsRefused(double? rate, string? skipped, bool letters, string word)
    {
        await using var harness = await DeadAsync(1);

        var request = new ReplayRequest("a", letters, new EventSelection(Class: word == "class" ? "rejected" : null), skipped, rate);

        var refusal = await Assert.ThrowsAsync<ReplayRefusedException>(() => harness.Service.Replays.StartAsync(request, Cancellation));
        Assert.Contains(word, refusal.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Null(await harness.Service.Replays.StartAsync(Letters() with { Destination = "nobody" }, Cancellation));
        Assert.Null(await harness.Service.Replays.FindAsync("rpl_0", Cancellation));
    }

    [Fact]
    public async Task Replay_DamagedRecord_FailsAndSaysWhere()
    {
        _reject = false;
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = _destination });
        await PublishAsync(harness, 3);
        await Eventually.TrueAsync("they are settled", async () => await harness.StatusAsync("a") is { Lag: 0 });
        harness.Log.ReadFailure = new LogCorruptException(new LogPosition(0, 0, 2), "record 2 is damaged");

        var report = await EndAsync(harness, new ReplayRequest("a", false, new EventSelection(), null, null));

        Assert.Equal(ReplayState.Failed, report.State);
        Assert.Contains("record 2", report.Reason, StringComparison.Ordinal);
        Assert.Null(harness.Service.Fault);
    }

    private static ReplayRequest Letters(EventSelection? selection = null) => new("a", true, selection ?? new EventSelection(), null, null);

    private static async Task PublishAsync(DeliveryHarness harness, int events)
    {
        for (var i = 0; i < events; i++)
        {
            await harness.PublishAsync($"u{i % 3}");
        }
    }

    // So many events were rejected; from now on all are delivered.
    private async Task<DeliveryHarness> DeadAsync(int events, TimeProvider? time = null)
    {
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = _destination }, time: time);
        await PublishAsync(harness, events);
        await Eventually.TrueAsync("all are dead letters", () =>
        {
            (time as FakeTimeProvider)?.Advance(TimeSpan.FromMilliseconds(100));
            return harness.Log.Store.DeadLettersOf("a").Count == events;
        });
        await _destination.ArriveAsync(events);
        _reject = false;
        return harness;
    }

    private static async Task<ReplayReport> EndAsync(DeliveryHarness harness, ReplayRequest request)
    {
        var report = await harness.Service.Replays.StartAsync(request, Cancellation);
        await Eventually.TrueAsync("the replay has ended", async () =>
            (report = await harness.Service.Replays.FindAsync(report!.Id, Cancellation))!.State != ReplayState.Running);
        return report!;
    }
}
