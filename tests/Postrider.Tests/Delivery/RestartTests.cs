using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>Crashes and failing saves: nothing lost, nothing reordered, little repeated (P6).</summary>
public sealed class RestartTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reject_SaveHangsThenProcessDies_TheRejectedEventComesFirstAgain()
    {
        var rejectFirst = true;
        var destination = new FakeDestination();
        destination.Answer = (attempt, _) => Task.FromResult(
            attempt.Event.Position == 1 && rejectFirst ? DeliveryResult.Rejected("status", "400", 400) : DeliveryResult.Delivered(200));
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await Eventually.TrueAsync("the start is saved", () => harness.Log.Store.Saves > 0);
        var never = new TaskCompletionSource();
        harness.Log.Store.SaveGate = never.Task;

        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");
        await destination.ArriveAsync(1);
        var before = destination.Attempts.Count;
        rejectFirst = false;
        var crash = harness.CrashAsync();

        // The dying process must not learn that its save was done, for it never was.
        await destination.ArriveAsync(2);
        harness.Log.Store.SaveFailure = new IOException("the process is dead");
        never.SetResult();
        await using var next = await crash;

        Assert.Equal(1, before);
        Assert.Equal([1L, 1L, 2L], destination.Attempts.Select(attempt => attempt.Event.Position));
    }

    [Fact]
    public async Task Restart_ParkedLane_KeepsItsAttemptsAndItsOrder()
    {
        var fail = true;
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(fail ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200)),
        };
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");
        await Eventually.TrueAsync("two attempts are saved", () => harness.Log.Store.ParkedOf("a").Any(parked => parked.Attempts >= 2));

        var attempts = harness.Log.Store.ParkedOf("a").Max(parked => parked.Attempts);
        await using var next = await harness.CrashAsync();
        fail = false;

        await Eventually.TrueAsync("both are delivered", async () => await next.StatusAsync("a") is { ParkedEvents: 0, Lag: 0 });
        Assert.True(destination.Attempts.Where(attempt => attempt.Event.Position == 1).Max(attempt => attempt.Attempt) > attempts);
        Assert.Equal(2, destination.Attempts.Last().Event.Position);
    }

    [Fact]
    public async Task Restart_Delivered_RepeatsAtMostWhatWasNotSaved()
    {
        var destination = new FakeDestination();
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        for (var i = 0; i < 500; i++)
        {
            await harness.PublishAsync($"u{i % 7}");
        }

        await destination.ArriveAsync(500);
        await Eventually.TrueAsync("progress is saved", () => harness.Log.Store.ProgressOf("a").Cursor == 501);
        await using var next = await harness.CrashAsync();
        await next.PublishAsync("u1");

        await destination.ArriveAsync(1);
        Assert.Equal(501, destination.Attempts.Count);
    }

    [Fact]
    public async Task Save_Fails_NoNewAttemptAfterASecond_AndEverythingAfterwards()
    {
        var destination = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        harness.Log.Store.SaveFailure = new IOException("disk full");
        await harness.PublishAsync("u1");
        await destination.ArriveAsync(1);
        await Eventually.TrueAsync("attempts are held", async () =>
        {
            var before = destination.Attempts.Count;
            await harness.PublishAsync("u2");
            await harness.StatusAsync("a");
            await harness.StatusAsync("a");
            return destination.Attempts.Count == before && (await harness.StatusAsync("a")).Lag > 1;
        });
        harness.Log.Store.SaveFailure = null;

        await Eventually.TrueAsync("all is delivered", async () => (await harness.StatusAsync("a")).Lag == 0);
    }

    [Fact]
    public async Task Start_StatusIsAskedWhileParkedLanesLoad_TheParkedEventStaysFirst()
    {
        var fail = true;
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(fail ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200)),
        };
        var dying = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await dying.PublishAsync("u1");
        await Eventually.TrueAsync("the event is parked", () => dying.Log.Store.ParkedOf("a").Count == 1);
        var left = dying.Log.Crash();
        await dying.DisposeAsync();
        await left.AppendAsync(MemoryLog.NewEvent("u1"));
        var gate = new TaskCompletionSource();
        left.Store.CountGate = gate.Task;
        fail = false;
        var answered = destination.Attempts.Count;
        await using var harness = DeliveryHarness.Create(new() { ["a"] = destination }, log: left);

        var starting = harness.Service.StartAsync(harness.Config, Cancellation);
        for (var i = 0; i < 20; i++)
        {
            await harness.Service.GetStatusAsync(Cancellation);
        }

        gate.SetResult();
        await starting;

        await Eventually.TrueAsync("both are delivered", async () => await harness.StatusAsync("a") is { ParkedEvents: 0, Lag: 0 });
        Assert.Equal([1L, 2L], destination.Attempts.Skip(answered).Select(attempt => attempt.Event.Position));
    }

    [Fact]
    public async Task Save_OfOneDestinationHangs_RetryOfAnotherGoesOnAfterwards()
    {
        var time = new FakeTimeProvider();
        var fail = true;
        var a = new FakeDestination();
        var b = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(fail ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = a, ["b"] = b }, config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromSeconds(10) } }, time);
        await harness.PublishAsync("u1", destinations: ["b"]);
        await b.ArriveAsync(1);
        await Eventually.TrueAsync("the event is parked", () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return harness.Log.Store.ParkedOf("b").Count == 1;
        });
        fail = false;
        var gate = new TaskCompletionSource();
        harness.Log.Store.SaveGate = gate.Task;
        await harness.PublishAsync("u1", destinations: ["a"]);
        await a.ArriveAsync(1);
        await harness.StatusAsync("a");
        time.Advance(TimeSpan.FromMilliseconds(200));
        time.Advance(TimeSpan.FromSeconds(20));
        for (var i = 0; i < 5; i++)
        {
            await harness.StatusAsync("b");
        }

        harness.Log.Store.SaveGate = null;
        gate.SetResult();

        using var ticking = new CancellationTokenSource();
        var ticks = TickAsync(time, ticking.Token);
        await b.ArriveAsync(1);
        await ticking.CancelAsync();
        await ticks;
    }

    [Fact]
    public async Task ParkedLane_CannotBeLoaded_IsTriedAgain()
    {
        // Whenever the retry is due: it works only once the lane could not be loaded.
        var asked = new TaskCompletionSource();
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(asked.Task.IsCompleted ? DeliveryResult.Delivered(200) : DeliveryResult.Retry("status", "503", 503)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        await harness.PublishAsync("u1");
        await Eventually.TrueAsync("the event is parked", () => harness.Log.Store.ParkedOf("a").Count == 1);
        harness.Log.GetFailed = () => asked.TrySetResult();
        harness.Log.GetFailure = new IOException("once");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        harness.Log.GetFailure = null;

        await Eventually.TrueAsync("it is delivered", async () => await harness.StatusAsync("a") is { Delivered: 1, ParkedEvents: 0 });
    }

    [Fact]
    public async Task HoldParking_Ends_ReadingGoesOnByItself()
    {
        var destination = new FakeDestination
        {
            Answer = (attempt, _) => Task.FromResult(
                attempt.Event.Key == "bad" ? DeliveryResult.Retry("status", "503", 503) : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => config with { Retry = new() });
        await harness.PublishAsync("bad");
        await Eventually.TrueAsync("the event is parked", async () => (await harness.StatusAsync("a")).ParkedEvents == 1);
        harness.Log.HoldParking = true;
        await harness.PublishAsync("bad");
        await harness.PublishAsync("good");
        await harness.StatusAsync("a");
        Assert.Equal(2, (await harness.StatusAsync("a")).Lag);

        harness.Log.HoldParking = false;

        await Eventually.TrueAsync("the good key is delivered", async () => await harness.StatusAsync("a") is { Delivered: 1, Lag: 0 });
    }

    private static async Task TickAsync(FakeTimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }
    }
}
