using Postrider.Configuration;
using Postrider.Delivery;
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

    [Fact]
    public async Task Story_GivenUpAndReplayedSince_IsDeliveredByTheReplay()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.Service.PauseAsync("a", Cancellation);
        var first = await harness.PublishAsync("u1");
        var second = await harness.PublishAsync("u2");
        var third = await harness.PublishAsync("u3", destinations: []);
        await harness.Service.SkipAsync("a", null, Cancellation);
        await harness.Service.ResumeAsync("a", Cancellation);
        Assert.Equal("given-up", await StateAsync(harness, first.Id));

        var replay = await ReplayAsync(harness, "a", new EventSelection(Key: "u1"));

        await Eventually.TrueAsync("it is delivered", async () => await StateAsync(harness, first.Id) == "delivered");
        Assert.Equal($"replayed by {replay}", (await harness.Service.FindEventAsync(first.Id, Cancellation))!.Destinations[0].Reason);
        Assert.Equal("given-up", await StateAsync(harness, second.Id));
        Assert.Equal("given-up", await StateAsync(harness, third.Id));
        Assert.Single(destination.Attempts);
    }

    [Fact]
    public async Task Story_OfBeforeTheDestinationBeganAndReplayed_IsDeliveredByTheReplay()
    {
        var (old, late) = (new FakeDestination(), new FakeDestination());
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = old, ["b"] = late }, overall: config => config with { Destinations = new Dictionary<string, DestinationConfig> { ["a"] = config.Destinations["a"] } });
        var published = await harness.PublishAsync("u1");
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(["a", "b"]));
        Assert.Equal("not-routed", (await StoryAsync(harness, published.Id, "b")).State);

        var replay = await ReplayAsync(harness, "b", new EventSelection());

        await Eventually.TrueAsync("it is delivered", async () => (await StoryAsync(harness, published.Id, "b")).State == "delivered");
        Assert.Equal($"replayed by {replay}", (await StoryAsync(harness, published.Id, "b")).Reason);
        await harness.ReloadAsync(harness.Config with { Connections = [] });
        Assert.Equal("settled", (await StoryAsync(harness, published.Id, "b")).State);
        Assert.Contains(replay, (await StoryAsync(harness, published.Id, "b")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Story_LetterDeletedAndItsEventReplayed_IsDelivered()
    {
        var reject = true;
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(reject ? DeliveryResult.Rejected("status", "400", 400) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        var published = await harness.PublishAsync("u1");
        await Eventually.TrueAsync("it is dead", () => harness.Log.Store.DeadLettersOf("a").Count == 1);
        await harness.Service.DeadLetters.DeleteAsync("a", new EventSelection(), Cancellation);
        Assert.Equal("dead-letter-deleted", await StateAsync(harness, published.Id));

        reject = false;
        await ReplayAsync(harness, "a", new EventSelection());

        await Eventually.TrueAsync("it is delivered", async () => await StateAsync(harness, published.Id) == "delivered");
        Assert.Equal(0, (await harness.StatusAsync("a")).DeadLetters);
        await Eventually.TrueAsync("that is saved", () => harness.Log.Store.ParkedOf("a").Count == 0);
        reject = true;
        await ReplayAsync(harness, "a", new EventSelection());
        await Eventually.TrueAsync("it is dead again", () => harness.Log.Store.DeadLettersOf("a").Count == 1);
        Assert.Equal("dead-letter", await StateAsync(harness, published.Id));
        await harness.Service.DeadLetters.DeleteAsync("a", new EventSelection(), Cancellation);
        Assert.Equal("dead-letter-deleted", await StateAsync(harness, published.Id));
    }

    private static async Task<string> ReplayAsync(DeliveryHarness harness, string destination, EventSelection selection)
    {
        var replay = await harness.Service.Replays.StartAsync(new ReplayRequest(destination, false, selection, null, null), Cancellation);
        await Eventually.TrueAsync("the replay is done", async () =>
            (await harness.Service.Replays.FindAsync(replay!.Id, Cancellation))!.State == ReplayState.Done);
        return replay!.Id;
    }

    private static async Task<DestinationStory> StoryAsync(DeliveryHarness harness, string id, string destination) =>
        (await harness.Service.FindEventAsync(id, Cancellation))!.Destinations.Single(story => story.Destination == destination);

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

        await retried.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await Eventually.TrueAsync("it is settled", async () => (await harness.StatusAsync("a")).DeadLetters == 1);
        var state = await StateAsync(harness, published.Id);
        harness.Log.Store.SaveGate = null;
        gate.SetResult();

        Assert.Equal("dead-letter", state);
    }
}
