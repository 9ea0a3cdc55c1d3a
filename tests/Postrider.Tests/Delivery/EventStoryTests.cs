using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>What is told of one event (P2).</summary>
public sealed class EventStoryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Story_OfEveryState_IsTold()
    {
        var destination = new FakeDestination
        {
            Answer = (attempt, _) => Task.FromResult(attempt.Event.Key switch
            {
                "retry" => DeliveryResult.Retry("status", "503", 503),
                "reject" => DeliveryResult.Rejected("status", "400", 400),
                _ => DeliveryResult.Delivered(200),
            }),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => config with { Retry = new() });
        var delivered = await harness.PublishAsync("ok");
        var parked = await harness.PublishAsync("retry");
        var behind = await harness.PublishAsync("retry");
        var dead = await harness.PublishAsync("reject");
        var notRouted = await harness.PublishAsync("ok", destinations: []);
        await Eventually.TrueAsync("all are settled", async () => (await harness.StatusAsync("a")) is { Lag: 0, DeadLetters: 1, ParkedEvents: 2 });

        Assert.Equal("delivered", await StateAsync(harness, delivered.Id));
        Assert.Equal("parked", await StateAsync(harness, parked.Id));
        Assert.Equal("parked", await StateAsync(harness, behind.Id));
        Assert.Equal("dead-letter", await StateAsync(harness, dead.Id));
        Assert.Equal("not-routed", await StateAsync(harness, notRouted.Id));
        Assert.Null(await harness.Service.FindEventAsync("evt_memory-0-0-99", Cancellation));
        Assert.Null(await harness.Service.FindEventAsync("evt_other-0-0-1", Cancellation));
        Assert.Null(await harness.Service.FindEventAsync("nonsense", Cancellation));
    }

    [Fact]
    public async Task Story_OfADamagedEvent_StillTellsWhatBecameOfIt()
    {
        var destination = new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Rejected("status", "400", 400)) };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        var dead = await harness.PublishAsync("u1");
        await Eventually.TrueAsync("it is dead", async () => (await harness.StatusAsync("a")).DeadLetters == 1);
        harness.Log.GetFailure = new LogCorruptException(dead.Place, "record 1 is damaged");

        var story = await harness.Service.FindEventAsync(dead.Id, Cancellation);

        Assert.Null(story!.Event);
        Assert.Equal("dead-letter", Assert.Single(story.Destinations).State);
    }

    private static async Task<string> StateAsync(DeliveryHarness harness, string id)
    {
        var story = await harness.Service.FindEventAsync(id, Cancellation);
        return Assert.Single(story!.Destinations).State;
    }

    [Fact]
    public async Task Story_RetryWasRejectedAndNotYetSaved_IsADeadLetter()
    {
        var retried = new TaskCompletionSource();
        var destination = new FakeDestination();
        destination.Answer = (attempt, _) =>
        {
            if (attempt.Attempt == 1)
            {
                return Task.FromResult(DeliveryResult.Retry("status", "503", 503));
            }

            retried.TrySetResult();
            return Task.FromResult(DeliveryResult.Rejected("status", "400", 400));
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromMilliseconds(400) } });
        var published = await harness.PublishAsync("u1");
        await Eventually.TrueAsync("it is parked", () => harness.Log.Store.ParkedOf("a").Count == 1);
        var gate = new TaskCompletionSource();
        harness.Log.Store.SaveGate = gate.Task;

        await retried.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        await Eventually.TrueAsync("it is settled", async () => (await harness.StatusAsync("a")).DeadLetters == 1);
        var state = await StateAsync(harness, published.Id);
        harness.Log.Store.SaveGate = null;
        gate.SetResult();

        Assert.Equal("dead-letter", state);
    }
}
