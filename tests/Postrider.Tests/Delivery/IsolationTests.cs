using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>A slow or failing key or destination delays nobody else (P4).</summary>
public sealed class IsolationTests
{
    [Fact]
    public async Task Deliver_OneKeyFails_OthersGoOnAndTheFailedKeyWaitsInOrder()
    {
        var cured = new TaskCompletionSource();
        var destination = new FakeDestination
        {
            Answer = (attempt, _) => Task.FromResult(
                attempt.Event.Key == "bad" && !cured.Task.IsCompleted ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        await harness.PublishAsync("bad");
        await harness.PublishAsync("bad");
        await harness.PublishAsync("bad");
        for (var i = 0; i < 50; i++)
        {
            await harness.PublishAsync($"good{i}");
        }

        await Eventually.TrueAsync("the good keys are delivered and the bad one is parked", async () =>
            await harness.StatusAsync("a") is { Delivered: 50, ParkedEvents: 3, ParkedLanes: 1, Lag: 0 });
        Assert.All(destination.Attempts.Where(attempt => attempt.Event.Key == "bad"), attempt => Assert.Equal(1, attempt.Event.Position));
        cured.SetResult();
        await Eventually.TrueAsync("the bad key is delivered", async () => (await harness.StatusAsync("a")).Delivered == 53);
        var firsts = destination.Attempts.Where(attempt => attempt.Event.Key == "bad").Select(attempt => attempt.Event.Position).Distinct();
        Assert.Equal([1L, 2L, 3L], firsts);
    }

    [Fact]
    public async Task Deliver_OneDestinationHangs_TheOtherGetsEverything()
    {
        var hanging = new FakeDestination
        {
            Answer = async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return DeliveryResult.NotAttempted;
            },
        };
        var healthy = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["hanging"] = hanging, ["healthy"] = healthy }, config => config with { Timeout = TimeSpan.FromMinutes(5) });

        for (var i = 0; i < 1000; i++)
        {
            await harness.PublishAsync($"u{i}");
        }

        await healthy.ArriveAsync(1000);
        await hanging.ArriveAsync(1);
        Assert.InRange(hanging.MostInFlight, 1, 64);
    }

    [Fact]
    public async Task HotSlowKey_IsParked_OthersAreDelivered()
    {
        var release = new TaskCompletionSource();
        var destination = new FakeDestination
        {
            Answer = async (attempt, _) =>
            {
                if (attempt.Event.Key == "hot")
                {
                    await release.Task;
                }

                return DeliveryResult.Delivered(200);
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => config with { Timeout = TimeSpan.FromMinutes(5) });
        for (var i = 0; i < DispatcherLimits.Default.BufferedEvents + 1000; i++)
        {
            await harness.PublishAsync("hot");
        }

        await harness.PublishAsync("cold");
        await Eventually.TrueAsync("the cold key is delivered", async () => (await harness.StatusAsync("a")).Delivered == 1);
        Assert.Equal(1, destination.Attempts.Count(attempt => attempt.Event.Key == "hot"));
        release.SetResult();

        await Eventually.TrueAsync("all is delivered", async () => await harness.StatusAsync("a") is { Lag: 0, ParkedEvents: 0 });
        var order = destination.Attempts.Where(attempt => attempt.Event.Key == "hot").Select(attempt => attempt.Event.Position).ToList();
        Assert.Equal(order.Order(), order);
        Assert.Equal(DispatcherLimits.Default.BufferedEvents + 1000, order.Count);
    }

    [Fact]
    public async Task ThousandHangingUsers_HealthyUsersAreStillDelivered()
    {
        var destination = new FakeDestination
        {
            Answer = async (attempt, cancellationToken) =>
            {
                if (attempt.Event.Key!.StartsWith('h'))
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }

                return DeliveryResult.Delivered(200);
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Timeout = TimeSpan.FromMilliseconds(50), Retry = new() });
        for (var i = 0; i < 3000; i++)
        {
            await harness.PublishAsync(i % 3 == 0 ? $"h{i}" : $"u{i}");
        }

        await Eventually.TrueAsync("healthy users are delivered", async () => (await harness.StatusAsync("a")).Delivered == 2000);
        Assert.InRange(destination.MostInFlight, 1, 64);
    }

    [Fact]
    public async Task ManySlowKeysOfModerateLength_FillTheBuffer_OthersAreDelivered()
    {
        var destination = new FakeDestination { Answer = HangAsync };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, limits: Small);

        for (var i = 0; i < 16 * 6; i++)
        {
            await harness.PublishAsync($"hang{i % 16}");
        }

        await harness.PublishAsync("cold");

        await Eventually.TrueAsync("the cold key is delivered", async () => (await harness.StatusAsync("a")).Delivered == 1);
    }

    [Fact]
    public async Task SlowKeyWithLargeBodies_FillsTheBudget_OthersAreDelivered()
    {
        var destination = new FakeDestination { Answer = HangAsync };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, overall: SmallBudget);
        var body = $"\"{new string('x', 20_000)}\"";

        for (var i = 0; i < 100; i++)
        {
            await harness.PublishAsync("hang", body);
        }

        await harness.PublishAsync("cold");

        await Eventually.TrueAsync("the cold key is delivered", async () => (await harness.StatusAsync("a")).Delivered == 1);
    }

    [Fact]
    public async Task HangingDestinationHoldsItsBudget_TheOtherStillGetsManyAtOnce()
    {
        const int together = 8;
        var arrived = 0;
        var all = new TaskCompletionSource();
        var healthy = new FakeDestination
        {
            Answer = async (_, cancellationToken) =>
            {
                if (Interlocked.Increment(ref arrived) == together)
                {
                    all.SetResult();
                }

                await all.Task.WaitAsync(cancellationToken);
                return DeliveryResult.Delivered(200);
            },
        };
        var hanging = new FakeDestination { Answer = (_, cancellationToken) => HangAsync(cancellationToken) };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["hanging"] = hanging, ["healthy"] = healthy }, config => config with { Timeout = TimeSpan.FromMinutes(5) }, overall: SmallBudget);
        var body = $"\"{new string('x', 10_000)}\"";

        for (var i = 0; i < 200; i++)
        {
            await harness.PublishAsync($"u{i}", body, ["hanging"]);
        }

        await hanging.ArriveAsync(10);
        for (var i = 0; i < together; i++)
        {
            await harness.PublishAsync($"u{i}", body, ["healthy"]);
        }

        await all.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    private static DispatcherLimits Small { get; } = new() { BufferedEvents = 64 };

    private static PostriderConfig SmallBudget(PostriderConfig config) =>
        config with { Delivery = config.Delivery with { MaxInMemory = ByteSize.FromMebibytes(1), ShutdownTimeout = TimeSpan.FromMilliseconds(100) } };

    private static Task<DeliveryResult> HangAsync(DeliveryAttempt attempt, CancellationToken cancellationToken) =>
        attempt.Event.Key!.StartsWith("hang", StringComparison.Ordinal) ? HangAsync(cancellationToken) : Task.FromResult(DeliveryResult.Delivered(200));

    private static async Task<DeliveryResult> HangAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return DeliveryResult.NotAttempted;
    }
}
