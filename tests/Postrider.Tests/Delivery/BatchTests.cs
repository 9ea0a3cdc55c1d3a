using Microsoft.Extensions.Time.Testing;
using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>How events are gathered into the calls of a destination that takes many.</summary>
public sealed class BatchTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deliver_BatchIsNotFull_WaitsForCompanyAndNoLonger()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var destination = new FakeDestination(maxBatch: 10, batchWait: TimeSpan.FromSeconds(5));
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, time: time);
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u2");
        await harness.PublishAsync("u1");

        // A status is answered after a round of the dispatcher: by then it has decided.
        Assert.Equal(3, (await harness.StatusAsync("a")).Lag);
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(3, (await harness.StatusAsync("a")).Lag);
        Assert.Empty(destination.Batches);

        time.Advance(TimeSpan.FromSeconds(0.2));
        await destination.ArriveAsync(3);
        Assert.Equal([3], destination.Batches);
    }

    [Fact]
    public async Task Deliver_BatchIsFull_GoesAtOnce()
    {
        var destination = new FakeDestination(maxBatch: 4, batchWait: TimeSpan.FromHours(1));
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.Service.PauseAsync("a", Cancellation);
        for (var i = 0; i < 10; i++)
        {
            await harness.PublishAsync($"u{i}");
        }

        await harness.Service.ResumeAsync("a", Cancellation);

        await destination.ArriveAsync(8);
        await Eventually.TrueAsync("both batches are settled", async () => await harness.StatusAsync("a") is { Delivered: 8, InFlight: 0 });
        Assert.Equal([4, 4], destination.Batches);
        Assert.Equal(2, (await harness.StatusAsync("a")).Lag);
    }

    [Fact]
    public async Task Deliver_BodiesFillTheCall_GoesWithFewerEvents()
    {
        var destination = new FakeDestination(maxBatch: 10, maxBatchBytes: 250);
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.Service.PauseAsync("a", Cancellation);
        var body = $"\"{new string('x', 98)}\"";
        for (var i = 0; i < 4; i++)
        {
            await harness.PublishAsync($"u{i}", body);
        }

        await harness.PublishAsync("u9", $"\"{new string('x', 998)}\"");
        await harness.Service.ResumeAsync("a", Cancellation);

        await destination.ArriveAsync(5);
        Assert.Equal([1, 2, 2], destination.Batches.Order());
    }

    [Fact]
    public async Task Deliver_RetryIsDueWhileOthersGather_RetryDoesNotWaitForThem()
    {
        var destination = new FakeDestination(maxBatch: 2, batchWait: TimeSpan.FromHours(1));
        var failures = 1;
        destination.Answer = (attempt, _) => Task.FromResult(
            attempt.Event.Key == "u1" && Interlocked.Decrement(ref failures) >= 0 ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200));
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u2");
        await destination.ArriveAsync(2);

        await harness.PublishAsync("u3");
        await destination.ArriveAsync(1);

        Assert.Equal("u1", destination.Attempts.Last().Event.Key);
        Assert.Equal(1, (await harness.StatusAsync("a")).Lag);
    }

    [Fact]
    public async Task Deliver_DestinationAnswersNothingForAnEvent_IsARetryOfAllAndDeliveryGoesOn()
    {
        var destination = new FakeDestination(maxBatch: 10);
        var answered = 0;
        destination.Answer = (_, _) => Task.FromResult(Interlocked.Increment(ref answered) == 2 ? null! : DeliveryResult.Delivered(200));
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });

        await harness.Log.AppendAsync([MemoryLog.NewEvent("u1"), MemoryLog.NewEvent("u2")]);

        await Eventually.TrueAsync("both are delivered", async () => await harness.StatusAsync("a") is { Delivered: 2, FailedAttempts: 2, ParkedEvents: 0 });
        Assert.Null(harness.Service.Fault);
    }

    [Fact]
    public async Task Deliver_OneOfABatchFails_OnlyItsKeyWaits()
    {
        var destination = new FakeDestination(maxBatch: 10);
        var failing = true;
        destination.Answer = (attempt, _) => Task.FromResult(
            attempt.Event.Key == "u1" && failing ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200));
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.Service.PauseAsync("a", Cancellation);
        foreach (var key in (string[])["u1", "u2", "u1", "u3"])
        {
            await harness.PublishAsync(key);
        }

        await harness.Service.ResumeAsync("a", Cancellation);
        await Eventually.TrueAsync("the others are delivered", async () => await harness.StatusAsync("a") is { Delivered: 2, ParkedEvents: 2 });
        failing = false;

        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("a") is { Delivered: 4, ParkedEvents: 0, Lag: 0 });
        var first = destination.Attempts.Where(attempt => attempt.Event.Key == "u1").Select(attempt => attempt.Event.Position).Distinct().ToList();
        Assert.Equal([1, 3], first);
        Assert.Equal(1, destination.MostPerKey);
    }
}
