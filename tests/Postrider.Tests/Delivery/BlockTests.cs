using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary><c>onGiveUp: block</c>: a key does not go on past an event that it could not deliver.</summary>
public sealed class BlockTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Reject_FirstAttempt_KeyWaitsBehindItsDeadLetterAndOthersGoOn(int maxBatch)
    {
        var destination = new FakeDestination(maxBatch) { Answer = (attempt, _) => Task.FromResult(Rejects(attempt, 1)) };
        await using var harness = await StartAsync(destination);
        await harness.Service.PauseAsync("a", Cancellation);
        foreach (var key in (string[])["u1", "u1", "u2", "u1"])
        {
            await harness.PublishAsync(key);
        }

        await harness.Service.ResumeAsync("a", Cancellation);
        await Eventually.TrueAsync("the key is blocked", async () => await harness.StatusAsync("a") is { Delivered: 1, ParkedEvents: 3, Lag: 0, DeadLetters: 1 });
        await Eventually.TrueAsync("that is saved", () => harness.Log.Store.DeadLettersOf("a").Count == 1);

        var letter = Assert.Single(harness.Log.Store.DeadLettersOf("a"));
        Assert.Equal((1L, "rejected", true), (letter.Position, letter.Class, letter.Blocking));
        Assert.Equal(1, destination.Attempts.Count(attempt => attempt.Event.Key == "u1"));
    }

    [Fact]
    public async Task GiveUp_LastRetry_KeyWaitsBehindItsDeadLetter()
    {
        var destination = new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Retry("status", "503", 503)) };
        await using var harness = await StartAsync(destination, config => config with { Retry = config.Retry with { MaxAttempts = 2 } });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");

        await Eventually.TrueAsync("the key is blocked", async () => await harness.StatusAsync("a") is { ParkedEvents: 2, DeadLetters: 1 });
        await Eventually.TrueAsync("that is saved", () => harness.Log.Store.DeadLettersOf("a").Count == 1);

        var letter = Assert.Single(harness.Log.Store.DeadLettersOf("a"));
        Assert.Equal((1L, "gave-up", 2, true), (letter.Position, letter.Class, letter.Attempts, letter.Blocking));
        var lane = LaneId.OfKey(destination.Attempts.First().Event.KeyHash);
        var head = Assert.Single(await harness.Log.Partitions[0].State.ReadLaneAsync("a", lane, ParkedPlace.Start, 1, Cancellation));
        Assert.Equal((1L, 2), (head.Position, head.Attempts));
        Assert.Equal([new ParkedLane(lane, ParkedLane.Blocked)], await harness.Log.Partitions[0].State.ReadDueAsync("a", 10, Cancellation));
    }

    [Fact]
    public async Task Reject_BlockedAndRestarted_StaysBlocked()
    {
        var destination = new FakeDestination { Answer = (attempt, _) => Task.FromResult(Rejects(attempt, 1)) };
        var harness = await StartAsync(destination);
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");
        await Eventually.TrueAsync("the key is blocked", async () => await harness.StatusAsync("a") is { ParkedEvents: 2, DeadLetters: 1 });
        await Eventually.TrueAsync("that is saved", async () => (await harness.Log.Partitions[0].State.CountLanesAsync("a", Cancellation)).SingleOrDefault().Events == 2);

        await using var next = await harness.CrashAsync();
        await next.PublishAsync("u2");
        await Eventually.TrueAsync("the other key is delivered", async () => await next.StatusAsync("a") is { Delivered: 1, ParkedEvents: 2 });

        Assert.Equal(1, destination.Attempts.Count(attempt => attempt.Event.Key == "u1"));
        Assert.Equal(1, (await next.StatusAsync("a")).BlockedLanes);
    }

    private static DeliveryResult Rejects(DeliveryAttempt attempt, long position) =>
        attempt.Event.Position == position ? DeliveryResult.Rejected("status", "400", 400) : DeliveryResult.Delivered(200);

    private static Task<DeliveryHarness> StartAsync(FakeDestination destination, Func<DestinationConfig, DestinationConfig>? configure = null) =>
        DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => (configure?.Invoke(config) ?? config) with { OnGiveUp = OnGiveUp.Block });
}
