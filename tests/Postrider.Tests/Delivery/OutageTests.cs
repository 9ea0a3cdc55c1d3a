using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The destination as a whole is down, rejects everything, or is gone.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Down_BreakerOpens_BacklogStaysInTheLogAndDrainsInOrder()
    {
        const int concurrency = 8;
        const int eventsOfAKey = 20;
        var down = true;
        var time = new FakeTimeProvider();
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(Volatile.Read(ref down) ? DeliveryResult.Retry("connect", "refused") : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => config with { Concurrency = concurrency }, time);
        for (var i = 0; i < 100 * eventsOfAKey; i++)
        {
            await harness.PublishAsync($"u{i % 100}");
        }

        // No time passes, so none is tried again. The fifth key that fails opens it; by then one more may have been begun in each slot.
        await Eventually.TrueAsync("the breaker is open", async () => await harness.StatusAsync("a") is { State: DestinationState.Open, InFlight: 0 });
        var status = await harness.StatusAsync("a");
        Assert.InRange(destination.Attempts.Count, DestinationBreaker.MinKeys, DestinationBreaker.MinKeys - 1 + concurrency);
        Assert.InRange(status.ParkedEvents, 1, destination.Attempts.Count * eventsOfAKey);
        Assert.NotNull(status.Until);
        Assert.Contains("refused", status.Reason, StringComparison.Ordinal);
        Volatile.Write(ref down, false);

        await Eventually.TrueAsync("everything is delivered", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            return await harness.StatusAsync("a") is { ParkedEvents: 0, Lag: 0, Delivered: 100 * eventsOfAKey };
        });
        foreach (var key in destination.Attempts.GroupBy(attempt => attempt.Event.Key))
        {
            var firsts = key.Select(attempt => attempt.Event.Position).Distinct().ToList();
            Assert.Equal(firsts.Order(), firsts);
        }
    }

    [Fact]
    public async Task LetsNobodyIn_OneKeyAndASingleAttemptAllowed_IsRejectingAndNothingIsDeadLettered()
    {
        var locked = true;
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(locked ? DeliveryResult.Refused("wrong password", 18) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Retry = config.Retry with { MaxAttempts = 1, GiveUpAfter = TimeSpan.FromMilliseconds(1) } });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u2");

        await Eventually.TrueAsync("a probe has been refused too", async () => await harness.StatusAsync("a") is { State: DestinationState.Rejecting, FailedAttempts: >= 2 });
        var status = await harness.StatusAsync("a");
        Assert.Contains("wrong password", status.Reason, StringComparison.Ordinal);
        Assert.Equal(0, status.DeadLetters);
        locked = false;

        await Eventually.TrueAsync("everything is delivered", async () => await harness.StatusAsync("a") is { ParkedEvents: 0, Lag: 0, Delivered: 3, DeadLetters: 0 });
    }

    [Fact]
    public async Task HoldsAsMuchAsItMay_ReadsNoFurtherUntilItHoldsLess()
    {
        var destination = new FakeDestination
        {
            // Half of the keys fail: the destination as a whole works, so no breaker opens.
            Answer = (attempt, _) => Task.FromResult(
                attempt.Event.Position % 2 == 0 ? DeliveryResult.Delivered(200) : DeliveryResult.Rejected("status", "400", 400)),
        };
        var log = new MemoryLog { MostHeld = 10 };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Concurrency = 1 }, log: log, limits: DispatcherLimits.Default with { BufferedEvents = 4 });
        for (var i = 0; i < 100; i++)
        {
            await harness.PublishAsync($"u{i}");
        }

        await Eventually.TrueAsync("it says that it holds too much", async () => (await harness.StatusAsync("a")).Waits.Any(wait => wait.For == "space"));
        await Eventually.TrueAsync("nothing is under way", async () => await harness.StatusAsync("a") is { InFlight: 0 });
        Assert.InRange((await harness.StatusAsync("a")).DeadLetters, 10, 15);
        log.MostHeld = 1000;

        await Eventually.TrueAsync("the rest is read", async () => await harness.StatusAsync("a") is { Lag: 0, DeadLetters: 50 });
    }

    [Fact]
    public async Task TokenExpired_Rejecting_HardlyAnythingIsDeadLettered()
    {
        var expired = true;
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(expired ? DeliveryResult.Rejected("status", "401", 401) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        for (var i = 0; i < 1000; i++)
        {
            await harness.PublishAsync($"u{i}");
        }

        await Eventually.TrueAsync("it is rejecting", async () => (await harness.StatusAsync("a")).State == DestinationState.Rejecting);
        expired = false;
        await Eventually.TrueAsync("the rest is delivered", async () => await harness.StatusAsync("a") is { ParkedEvents: 0, Lag: 0, State: DestinationState.Running });

        var status = await harness.StatusAsync("a");
        Assert.InRange(status.DeadLetters, 0, DestinationBreaker.Rejections);
        Assert.Equal(1000, status.Delivered + status.DeadLetters);
    }

    [Fact]
    public async Task PoisonProbe_TheNextProbeTakesAnotherKeyAndOpensTheWay()
    {
        var down = true;
        var destination = new FakeDestination
        {
            Answer = (attempt, _) => Task.FromResult(
                down || attempt.Event.Key == "u0" ? DeliveryResult.Retry("status", "500", 500) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => config with { Concurrency = 4 });
        for (var i = 0; i < 100; i++)
        {
            await harness.PublishAsync($"u{i % 20}");
        }

        await Eventually.TrueAsync("the breaker is open", async () => (await harness.StatusAsync("a")).State == DestinationState.Open);
        down = false;

        await Eventually.TrueAsync("all but the poison are delivered", async () => (await harness.StatusAsync("a")).Delivered == 95);
        Assert.Equal(DestinationState.Running, (await harness.StatusAsync("a")).State);
    }

    [Fact]
    public async Task ManyPoisonousKeys_ProbesTakeTurnsWithNewEvents_AHealthyKeyOpensTheWay()
    {
        var time = new FakeTimeProvider();
        var all = new TaskCompletionSource();
        var destination = new FakeDestination
        {
            Answer = async (attempt, _) =>
            {
                await all.Task;
                return attempt.Event.Key!.StartsWith("bad", StringComparison.Ordinal) ? DeliveryResult.Retry("status", "500", 500) : DeliveryResult.Delivered(200);
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, time: time);
        for (var i = 0; i < 20; i++)
        {
            await harness.PublishAsync($"bad{i}");
        }

        // What is not attempted before the breaker opens would come as a new event between the probes.
        await destination.ArriveAsync(20);
        all.SetResult();
        await Eventually.TrueAsync("the breaker is open", async () => await harness.StatusAsync("a") is { State: DestinationState.Open, InFlight: 0 });
        await harness.PublishAsync("good");
        var before = destination.Attempts.Count;

        // The parked keys are all due long before each probe.
        await Eventually.TrueAsync("the healthy key is delivered", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            return await harness.StatusAsync("a") is { Delivered: 1 };
        });

        Assert.InRange(destination.Attempts.TakeWhile(attempt => attempt.Event.Key != "good").Count() - before, 0, 2);
    }

    [Fact]
    public async Task Gone_DisablesTheDestination_AndNothingIsGivenUp()
    {
        var destination = new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Rejected("status", "410", 410)) };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { On410 = On410.Disable, Retry = config.Retry with { MaxAttempts = 1 } });

        await harness.PublishAsync("u1");

        await Eventually.TrueAsync("it is disabled", async () => (await harness.StatusAsync("a")).State == DestinationState.Disabled);
        await Eventually.TrueAsync("the event is kept", () => harness.Log.Store.ParkedOf("a").Count == 1);
        Assert.Empty(harness.Log.Store.DeadLettersOf("a"));
    }

    [Fact]
    public async Task Rejecting_OnePoisonousKeyIsParked_AHealthyKeyOpensTheWay()
    {
        var destination = new FakeDestination
        {
            Answer = (attempt, _) => Task.FromResult(
                attempt.Event.Key!.StartsWith("bad", StringComparison.Ordinal) ? DeliveryResult.Rejected("status", "404", 404) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination },
            config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromMilliseconds(1), Max = TimeSpan.FromMilliseconds(2) } });
        for (var i = 0; i < DestinationBreaker.Rejections; i++)
        {
            await harness.PublishAsync($"bad{i}");
        }

        await Eventually.TrueAsync("it is rejecting", async () => (await harness.StatusAsync("a")).State == DestinationState.Rejecting);
        await harness.PublishAsync("good");

        await Eventually.TrueAsync("the good key is delivered", async () => (await harness.StatusAsync("a")).Delivered == 1);
    }

    [Fact]
    public async Task Batch_AnEventIsRejected_ThoseBehindItGoOnAtOnce()
    {
        var destination = new FakeDestination(maxBatch: 10);
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(1) } });
        destination.Answer = (attempt, _) => Task.FromResult(
            attempt.Event.Position == 1 ? DeliveryResult.Rejected("status", "400", 400) : DeliveryResult.Delivered(200));

        await harness.Log.AppendAsync([.. Enumerable.Range(0, 5).Select(_ => MemoryLog.NewEvent("u1"))]);

        await Eventually.TrueAsync("the others are delivered", async () => (await harness.StatusAsync("a")).Delivered == 4);
    }

    [Fact]
    public async Task Status_TheLogIsDamaged_IsStillTold()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.Service.PauseAsync("a", TestContext.Current.CancellationToken);
        await harness.PublishAsync("u1");
        harness.Log.GetFailure = new LogCorruptException(new(0, 0, 1), "damaged");

        var status = await harness.StatusAsync("a");

        Assert.Equal((1L, null), (status.Lag, status.OldestPendingSeconds));
    }
}
