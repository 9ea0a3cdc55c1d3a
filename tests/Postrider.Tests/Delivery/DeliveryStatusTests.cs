using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

public sealed class DeliveryStatusTests
{
    [Fact]
    public async Task GetStatus_OldestPendingEventIsDamaged_AnswersWithoutItsAge()
    {
        var log = new MemoryLog();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = new FakeDestination() }, log: log);
        await harness.Service.PauseAsync("a", TestContext.Current.CancellationToken);
        await harness.PublishAsync("u1");
        log.ReadFailure = new LogCorruptException(new(0, 0, 1), "record 1 is damaged");

        var status = await harness.StatusAsync("a");

        Assert.Equal(1, status.Lag);
        Assert.Null(status.OldestPendingSeconds);
    }

    [Fact]
    public async Task GetStatus_NothingStandsInTheWay_WaitsForNothing()
    {
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = new FakeDestination() });
        await harness.PublishAsync("u1");

        await Eventually.TrueAsync("it is delivered", async () => await harness.StatusAsync("a") is { Delivered: 1 });

        Assert.Empty((await harness.StatusAsync("a")).Waits);
    }

    [Fact]
    public async Task GetStatus_PausedOrDisabled_WaitsForAnOperator()
    {
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = new FakeDestination(), ["b"] = new FakeDestination() });
        await harness.Service.PauseAsync("a", Cancellation);
        await harness.Service.DisableAsync("b", "moving house", Cancellation);

        Assert.Equal([new DestinationWait("resume", null, "paused by an operator")], (await harness.StatusAsync("a")).Waits);
        Assert.Equal([new DestinationWait("resume", null, "disabled: moving house")], (await harness.StatusAsync("b")).Waits);
    }

    [Fact]
    public async Task GetStatus_AllSlotsAreTaken_WaitsForASlot()
    {
        var destination = new FakeDestination { Answer = HangAsync };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Concurrency = 1, Timeout = TimeSpan.FromMinutes(5) });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u2");
        await destination.ArriveAsync(1);

        var wait = Assert.Single((await harness.StatusAsync("a")).Waits);

        Assert.Equal(("slot", (DateTimeOffset?)null), (wait.For, wait.Until));
        Assert.Contains("concurrency 1", wait.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetStatus_AnEventIsTooFarBehindWhatWasRead_WaitsForTheWindow()
    {
        // What holds the cursor back would be parked long before, if parking were not held.
        var log = new MemoryLog { HoldParking = true };
        var destination = new FakeDestination { Answer = (attempt, stop) => attempt.Event.Key == "slow" ? HangAsync(attempt, stop) : Task.FromResult(DeliveryResult.Delivered(200)) };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Timeout = TimeSpan.FromMinutes(5) }, log: log, limits: new DispatcherLimits { Window = 8 });
        await harness.PublishAsync("slow");
        for (var i = 0; i < 20; i++)
        {
            await harness.PublishAsync($"u{i}");
        }

        await Eventually.TrueAsync("what it could read is delivered", async () => (await harness.StatusAsync("a")).Delivered >= 7);

        var status = await harness.StatusAsync("a");
        Assert.Equal((7L, 14L, "window,space"), (status.Delivered, status.Lag, string.Join(',', status.Waits.Select(wait => wait.For))));
    }

    [Fact]
    public async Task GetStatus_AsManyKeysAreParkedAsMayBe_SaysSo()
    {
        var destination = new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Retry("status", "503", 503)) };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(2) } },
            limits: new DispatcherLimits { ParkedLanes = 2 });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u2");
        await Eventually.TrueAsync("both are parked", async () => await harness.StatusAsync("a") is { ParkedLanes: 2, Lag: 0 });

        await harness.PublishAsync("u3");

        Assert.Equal(["parked-keys", "retry"], (await harness.StatusAsync("a")).Waits.Select(wait => wait.For));
    }

    [Fact]
    public async Task GetStatus_MemoryIsUsedUp_SaysSo()
    {
        var destination = new FakeDestination { Answer = HangAsync };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination },
            config => config with { Timeout = TimeSpan.FromMinutes(5) },
            overall: config => config with { Delivery = config.Delivery with { MaxInMemory = new(100) } });
        await harness.PublishAsync("u1");
        await destination.ArriveAsync(1);

        await harness.PublishAsync("u2");

        Assert.Equal("memory", Assert.Single((await harness.StatusAsync("a")).Waits).For);
    }

    [Fact]
    public async Task GetStatus_RateLimitIsUsedUp_SaysUntilWhen()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { RateLimit = new RateLimit(1, TimeSpan.FromMinutes(1)) }, time);
        await harness.PublishAsync("u1");
        await destination.ArriveAsync(1);
        await harness.PublishAsync("u2");

        var wait = Assert.Single((await harness.StatusAsync("a")).Waits);

        Assert.Equal(("rate-limit", time.GetUtcNow() + TimeSpan.FromMinutes(1)), (wait.For, wait.Until!.Value));
    }

    [Fact]
    public async Task GetStatus_BreakerIsOpenAndEventsAreParked_SaysBothAndTheKeysParkedLongest()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var destination = new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Retry("status", "503 Service Unavailable", 503)) };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(2) } }, time);
        for (var i = 0; i < 30; i++)
        {
            await harness.PublishAsync($"u{i}");
            await Eventually.TrueAsync("nothing is under way", async () => await harness.StatusAsync("a") is { InFlight: 0 });
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        DestinationStatus status = null!;
        await Eventually.TrueAsync("the breaker is open and what failed is saved", async () =>
        {
            status = await harness.StatusAsync("a");
            time.Advance(TimeSpan.FromMilliseconds(status.LongestParked is [{ Key: null }, ..] ? 100 : 0));
            return status is { State: DestinationState.Open, InFlight: 0, LongestParked: [{ Key: not null }, ..] };
        });

        Assert.Equal(["breaker", "retry"], status.Waits.Select(wait => wait.For));
        Assert.All(status.Waits, wait => Assert.True(wait.Until > time.GetUtcNow()));
        Assert.InRange(status.LongestParked.Count, 5, 10);
        Assert.Equal(status.ParkedLanes, status.LongestParked.Count);
        Assert.Equal(status.LongestParked.Select(key => key.Since).Order(), status.LongestParked.Select(key => key.Since));
        var first = status.LongestParked[0];
        Assert.StartsWith("u", first.Key, StringComparison.Ordinal);
        Assert.Equal((1, 1, "status", 503), (first.Events, first.Attempts, first.LastError!.Class, first.LastError.Status));
        Assert.NotNull(first.EventId);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<DeliveryResult> HangAsync(DeliveryAttempt attempt, CancellationToken stop)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        return DeliveryResult.Delivered();
    }
}
