using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

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

        await Eventually.TrueAsync("the good keys are delivered", async () => (await harness.StatusAsync("a")).Delivered == 50);
        Assert.All(destination.Attempts.Where(attempt => attempt.Event.Key == "bad"), attempt => Assert.Equal(1, attempt.Event.Position));
        Assert.Equal(3, (await harness.StatusAsync("a")).ParkedEvents);
        Assert.Equal(1, (await harness.StatusAsync("a")).ParkedLanes);
        Assert.Equal(0, (await harness.StatusAsync("a")).Lag);
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
        Assert.InRange(hanging.MostInFlight, 1, 64);
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
        never.SetResult();
        await using var next = await crash;

        await destination.ArriveAsync(2);
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
    public async Task Down_BreakerOpens_BacklogStaysInTheLogAndDrainsInOrder()
    {
        var down = true;
        var destination = new FakeDestination
        {
            Answer = (_, _) => Task.FromResult(down ? DeliveryResult.Retry("connect", "refused") : DeliveryResult.Delivered(200)),
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, config => config with { Concurrency = 8 });
        for (var i = 0; i < 2000; i++)
        {
            await harness.PublishAsync($"u{i % 100}");
        }

        await Eventually.TrueAsync("the breaker is open", async () => (await harness.StatusAsync("a")).State == DestinationState.Open);
        var status = await harness.StatusAsync("a");
        Assert.InRange(status.ParkedEvents, 1, 200);
        Assert.NotNull(status.Until);
        Assert.Contains("refused", status.Reason, StringComparison.Ordinal);
        down = false;

        await Eventually.TrueAsync("everything is delivered", async () => await harness.StatusAsync("a") is { ParkedEvents: 0, Lag: 0, Delivered: 2000 });
        foreach (var key in destination.Attempts.GroupBy(attempt => attempt.Event.Key))
        {
            var firsts = key.Select(attempt => attempt.Event.Position).Distinct().ToList();
            Assert.Equal(firsts.Order(), firsts);
        }
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
    public async Task NewDestination_StartsAtTheTail_AndLosesNothingWhenKilledAtOnce()
    {
        var first = new FakeDestination();
        var second = new FakeDestination();
        var destinations = new Dictionary<string, FakeDestination> { ["first"] = first };
        var harness = await DeliveryHarness.StartAsync(destinations);
        await harness.PublishAsync("u1");
        await first.ArriveAsync(1);

        destinations["second"] = second;
        second.Answer = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return DeliveryResult.NotAttempted;
        };
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(destinations.Keys, config => config with { Timeout = TimeSpan.FromMilliseconds(500) }));
        await harness.PublishAsync("u2");
        await second.ArriveAsync(1);
        second.Answer = (_, _) => Task.FromResult(DeliveryResult.Delivered(200));
        await using var next = await harness.CrashAsync();

        await second.ArriveAsync(1);
        Assert.All(second.Attempts, attempt => Assert.Equal(2, attempt.Event.Position));
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
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination });
        for (var i = 0; i < DispatcherLimits.BufferedEvents + 1000; i++)
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
        Assert.Equal(DispatcherLimits.BufferedEvents + 1000, order.Count);
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

    private static async Task<string> StateAsync(DeliveryHarness harness, string id)
    {
        var story = await harness.Service.FindEventAsync(id, Cancellation);
        return Assert.Single(story!.Destinations).State;
    }
}
