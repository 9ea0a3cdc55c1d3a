using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The way of events through one dispatcher.</summary>
public sealed class DispatcherTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deliver_EventsOfOneKey_ArriveInOrder()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        for (var i = 0; i < 100; i++)
        {
            await harness.PublishAsync("u1");
        }

        await destination.ArriveAsync(100);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), destination.Attempts.Select(attempt => attempt.Event.Position));
        Assert.Equal(1, destination.MostPerKey);
    }

    [Fact]
    public async Task Reject_DeadLetterIsSavedBeforeTheNextEventOfTheKey()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        var deadAtSecond = -1;
        destination.Answer = (attempt, _) =>
        {
            if (attempt.Event.Position == 1)
            {
                return Task.FromResult(DeliveryResult.Rejected("status", "400", 400));
            }

            deadAtSecond = harness.Log.Store.DeadLettersOf("a").Count;
            return Task.FromResult(DeliveryResult.Delivered(200));
        };

        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");

        await Eventually.TrueAsync("the second is delivered", async () => (await harness.StatusAsync("a")).Delivered == 1);
        Assert.Equal(1, deadAtSecond);
        var letter = Assert.Single(harness.Log.Store.DeadLettersOf("a"));
        Assert.Equal(("rejected", 1L, "u1", 1), (letter.Class, letter.Position, letter.Key, letter.Attempts));
    }

    [Fact]
    public async Task Pause_KeepsTheBacklog_ResumeDelivers_AndSurvivesARestart()
    {
        var destination = new FakeDestination();
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        Assert.True(await harness.Service.PauseAsync("a", Cancellation));
        Assert.False(await harness.Service.PauseAsync("unknown", Cancellation));
        await harness.PublishAsync("u1");
        await using var next = await harness.CrashAsync();
        await next.PublishAsync("u2");

        var paused = await next.StatusAsync("a");
        Assert.Equal((DestinationState.Paused, 2L, 0), (paused.State, paused.Lag, destination.Attempts.Count));
        Assert.True(await next.Service.ResumeAsync("a", Cancellation));

        await destination.ArriveAsync(2);
    }

    [Fact]
    public async Task Disable_SurvivesARestartWithItsReasonAndKeepsTheBacklog()
    {
        var destination = new FakeDestination();
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        Assert.True(await harness.Service.DisableAsync("a", "moving house", Cancellation));
        await harness.PublishAsync("u1");
        await using var next = await harness.CrashAsync();
        await next.PublishAsync("u2");

        var disabled = await next.StatusAsync("a");
        Assert.Equal((DestinationState.Disabled, "moving house", 2L, 0), (disabled.State, disabled.Reason, disabled.Lag, destination.Attempts.Count));
        Assert.True(await next.Service.ResumeAsync("a", Cancellation));

        await destination.ArriveAsync(2);
    }

    [Fact]
    public async Task RequestedDestinations_OnlyThoseGetTheEvent()
    {
        var a = new FakeDestination();
        var b = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = a, ["b"] = b });

        await harness.PublishAsync("u1", destinations: ["b"]);
        await harness.PublishAsync("u1", destinations: []);
        await harness.PublishAsync("u1");

        await b.ArriveAsync(2);
        await a.ArriveAsync(1);
        Assert.Equal([3L], a.Attempts.Select(attempt => attempt.Event.Position));
        Assert.Equal([1L, 3L], b.Attempts.Select(attempt => attempt.Event.Position));
        await Eventually.TrueAsync("nothing is pending", async () => (await harness.StatusAsync("a")).Lag == 0 && (await harness.StatusAsync("b")).Lag == 0);
    }

    [Fact]
    public async Task GiveUp_AfterMaxAttempts_BecomesADeadLetterAndTheLaneGoesOn()
    {
        var destination = new FakeDestination
        {
            Answer = (attempt, _) => Task.FromResult(
                attempt.Event.Position == 1 ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Retry = config.Retry with { MaxAttempts = 3 } });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");

        await destination.ArriveAsync(4);
        var letter = Assert.Single(harness.Log.Store.DeadLettersOf("a"));
        Assert.Equal(("gave-up", 3, 503), (letter.Class, letter.Attempts, letter.Error.Status));
    }

    [Fact]
    public async Task Corrupt_LogCannotBeRead_FaultIsNamedAndNothingIsSkipped()
    {
        var log = new MemoryLog();
        for (var i = 0; i < 3; i++)
        {
            await log.AppendAsync(MemoryLog.NewEvent("u1"));
        }

        log.ReadFailure = new LogCorruptException(new(0, 0, 1), "record 1 is damaged");
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { StartFrom = Postrider.Configuration.StartFrom.Oldest }, log: log);

        await Eventually.TrueAsync("the fault is named", () => harness.Service.Fault is not null);
        Assert.Contains("record 1 is damaged", harness.Service.Fault, StringComparison.Ordinal);
        Assert.Empty(destination.Attempts);
    }
}
