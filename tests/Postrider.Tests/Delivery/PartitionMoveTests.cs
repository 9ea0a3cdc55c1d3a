using System.Collections.Concurrent;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>Delivery over a storage that is restarted, restored from a backup, wiped, or away for a while.</summary>
public sealed class PartitionMoveTests
{
    private static readonly Gen<Step[]> Scenarios = Gen.Frequency(
        (20, Gen.Int[0, 3].Select(key => new Step(Kind.Publish, key))),
        (2, Gen.Const(new Step(Kind.BackUp, 0))),
        (2, Gen.Const(new Step(Kind.Restart, 0))),
        (1, Gen.Const(new Step(Kind.Restore, 0))),
        (1, Gen.Const(new Step(Kind.Away, 0))),
        (1, Gen.Const(new Step(Kind.Back, 0))),
        (3, Gen.Const(new Step(Kind.Settle, 0)))).Array[1, 80];

    private enum Kind
    {
        Publish,
        BackUp,
        Restart,
        Restore,
        Away,
        Back,
        Settle,
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Move_AnythingHappens_WhatTheStorageHoldsIsDeliveredInOrder() =>
        Scenarios.SampleAsync(RunAsync, iter: 60, threads: 1, print: steps => string.Join("; ", (object[])steps));

    [Fact]
    public async Task Move_StorageWiped_WhatComesNextIsDeliveredAndAPauseIsKept()
    {
        var (crm, late) = (new FakeDestination(), new FakeDestination());
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = crm, ["late"] = late });
        await harness.PublishAsync("u1");
        await Eventually.TrueAsync("the first is delivered", () => crm.Attempts.Count == 1);
        await harness.Service.PauseAsync("late", Cancellation);

        harness.Log.Move(1, new MemoryStateStore());
        var next = await harness.PublishAsync("u1");

        await Eventually.TrueAsync("the next is delivered", () => crm.Attempts.Count == 2);
        Assert.Equal("evt_memory-0-1-1", next.Id);
        Assert.Equal(next.Id, crm.Attempts.Last().Event.Id);
        var status = await harness.StatusAsync("late");
        Assert.Equal(DestinationState.Paused, status.State);
        Assert.Equal(1, status.Lag);
        await Eventually.TrueAsync("the new storage knows of the pause", async () =>
            (await harness.Log.Current.State.LoadDestinationsAsync(Cancellation)).Single(record => record.Name == "late").Control.Paused);
    }

    [Fact]
    public async Task Move_AttemptHangs_IsCutOffAndMadeAgainBeforeItsSuccessors()
    {
        var hang = true;
        var hangs = new TaskCompletionSource();
        var destination = new FakeDestination
        {
            Answer = async (_, stop) =>
            {
                if (Volatile.Read(ref hang))
                {
                    hangs.SetResult();
                    await Task.Delay(Timeout.Infinite, stop);
                }

                return DeliveryResult.Delivered(200);
            },
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = destination }, config => config with { Timeout = TimeSpan.FromMinutes(5) });
        await harness.PublishAsync("u1");
        await harness.PublishAsync("u1");
        await hangs.Task.WaitAsync(Cancellation);

        Volatile.Write(ref hang, false);
        harness.Log.Move(3, harness.Log.Store.Copy());

        await Eventually.TrueAsync("both are delivered", async () => await harness.StatusAsync("crm") is { Lag: 0, Delivered: 2 });
        Assert.Equal([1L, 1L, 2L], destination.Attempts.Select(attempt => attempt.Event.Position));
    }

    [Fact]
    public async Task Move_AChangeOfAllPartitionsTakesLong_NothingMoreIsAttemptedFromTheOldGeneration()
    {
        var answer = new TaskCompletionSource();
        var destination = new FakeDestination
        {
            Answer = async (_, _) =>
            {
                await answer.Task;
                return DeliveryResult.Delivered(200);
            },
        };
        var log = new MemoryLogs(2);
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = destination, ["other"] = new() }, config => config with { Concurrency = 1 }, log: log);
        await log[1].AppendAsync([.. Enumerable.Range(0, 5).Select(i => MemoryLog.NewEvent($"u{i}"))]);
        await destination.ArriveAsync(1);

        // A pause waits for the save of a partition whose storage is away, and holds up whoever else changes something.
        log[0].Store.Unavailable = new LogUnavailableException("away", TimeSpan.FromSeconds(1));
        var pause = harness.Service.PauseAsync("other", Cancellation);
        log[1].Move(6, log[1].Store.Copy());
        answer.SetResult();
        await Eventually.TrueAsync("the attempt has ended", async () => await harness.StatusAsync("crm") is { InFlight: 0 });

        Assert.Single(destination.Attempts);
        Assert.False(pause.IsCompleted);
        log[0].Store.Unavailable = null;
        await pause;
        await Eventually.TrueAsync("all are delivered", () => destination.Attempts.Count == 6);
        Assert.Equal([1L, 1, 2, 3, 4, 5], destination.Attempts.Select(attempt => attempt.Event.Position));
    }

    [Fact]
    public async Task Move_AProbeOutlivesItsCutOff_AnotherIsMade()
    {
        var fails = true;
        var hangs = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        var destination = new FakeDestination();
        destination.Answer = async (attempt, _) =>
        {
            if (Volatile.Read(ref fails))
            {
                return DeliveryResult.Retry("status", "answered 503", 503);
            }

            if (hangs.TrySetResult())
            {
                // It does not listen to the cut-off, and its dispatcher is let go meanwhile.
                await end.Task;
            }

            return DeliveryResult.Delivered(200);
        };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = destination });
        for (var i = 0; i < 30; i++)
        {
            await harness.PublishAsync($"u{i}");
        }

        await Eventually.TrueAsync("the breaker is open", async () => await harness.StatusAsync("crm") is { State: DestinationState.Open, InFlight: 0 });
        Volatile.Write(ref fails, false);
        await hangs.Task.WaitAsync(Cancellation);

        harness.Log.Move(31, harness.Log.Store.Copy());
        await Eventually.TrueAsync("delivery has begun again", () => harness.Log.Current.Store != harness.Log.Store && harness.Service.Moving is null);
        end.SetResult();

        await Eventually.TrueAsync("all are delivered", async () => await harness.StatusAsync("crm") is { Lag: 0, ParkedEvents: 0, State: DestinationState.Running });
    }

    [Fact]
    public async Task Moving_UntilDeliveryHasBegunAgain_SaysSo()
    {
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = new() });
        Assert.Null(harness.Service.Moving);

        var away = harness.Log.Store.Copy();
        away.Unavailable = new LogUnavailableException("away", TimeSpan.FromSeconds(1));
        harness.Log.Move(1, away);

        Assert.Contains("partition 0", harness.Service.Moving, StringComparison.Ordinal);
        away.Unavailable = null;
        await Eventually.TrueAsync("delivery has begun again", () => harness.Service.Moving is null);
    }

    [Fact]
    public async Task GetStatus_StorageAway_TellsWhatMemoryKnowsAndNoDispatcherFails()
    {
        var destination = new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Retry("status", "answered 503", 503)) };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["crm"] = destination });
        await harness.PublishAsync("u1");
        await Eventually.TrueAsync("it is parked", async () => await harness.StatusAsync("crm") is { ParkedEvents: 1 });

        var away = new LogUnavailableException("Redis is away.", TimeSpan.FromSeconds(1));
        (harness.Log.Store.Unavailable, harness.Log.ReadFailure, harness.Log.GetFailure) = (away, away, away);
        var status = await harness.StatusAsync("crm");

        Assert.Equal(1, status.ParkedEvents);
        destination.Answer = (_, _) => Task.FromResult(DeliveryResult.Delivered(200));
        (harness.Log.Store.Unavailable, harness.Log.ReadFailure, harness.Log.GetFailure) = (null, null, null);
        await Eventually.TrueAsync("it is delivered", async () => await harness.StatusAsync("crm") is { Lag: 0, Delivered: 1 });
        Assert.Null(harness.Service.Fault);
    }

    private static async Task RunAsync(Step[] steps)
    {
        var arrived = new ConcurrentQueue<(string Key, long Sequence)>();
        var tries = 0;
        var destination = new FakeDestination
        {
            Answer = (attempt, _) =>
            {
                if (Interlocked.Increment(ref tries) % 5 == 0)
                {
                    return Task.FromResult(DeliveryResult.Retry("status", "answered 503", 503));
                }

                arrived.Enqueue((attempt.Event.Key!, attempt.Event.Sequence));
                return Task.FromResult(DeliveryResult.Delivered(200));
            },
        };
        var time = new FakeTimeProvider();
        var harness = await DeliveryHarness.StartAsync(new() { ["a"] = destination }, time: time);
        var log = harness.Log;
        var backup = (End: 1L, State: new MemoryStateStore());
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Publish:
                    await harness.PublishAsync($"u{step.Key}");
                    break;
                case Kind.BackUp when log.Current.Store.Unavailable is null:
                    backup = (log.Current.EndPosition, log.Current.Store.Copy());
                    break;
                case Kind.Restart:
                    log.Current.Move(log.Current.EndPosition, log.Current.Store.Copy());
                    break;
                case Kind.Restore:
                    log.Current.Move(backup.End, backup.State.Copy());
                    break;
                case Kind.Away:
                    SetAway(log.Current, new LogUnavailableException("away", TimeSpan.FromSeconds(1)));
                    break;
                case Kind.Back:
                    SetAway(log.Current, null);
                    break;
                case Kind.Settle:
                    time.Advance(TimeSpan.FromMilliseconds(120));
                    await Task.Yield();
                    break;
            }
        }

        SetAway(log.Current, null);
        await Eventually.TrueAsync("all that the storage holds is settled", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            return await log.Current.State.LoadDestinationsAsync(Cancellation) is [var saved]
            && saved.Progress.Cursor == log.Current.EndPosition
            && await harness.StatusAsync("a") is { Lag: 0, ParkedEvents: 0, InFlight: 0 };
        });
        Assert.Null(harness.Service.Fault);
        var held = await log.Current.ReadAsync(1, log.Current.EndPosition, int.MaxValue, Cancellation);
        var first = arrived.Distinct().ToList();
        Assert.Empty(held.Select(each => (each.Key!, each.Sequence)).Except(first));
        Assert.All(first.GroupBy(one => one.Key), key => Assert.Equal(key.Select(one => one.Sequence).Order(), key.Select(one => one.Sequence)));

        // What waits for a time while it stops needs one that passes.
        for (var stopping = harness.DisposeAsync().AsTask(); !stopping.IsCompleted; await Task.Yield())
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
        }
    }

    private static void SetAway(MemoryLog log, LogUnavailableException? away) =>
        (log.Store.Unavailable, log.ReadFailure, log.GetFailure) = (away, away, away);

    private sealed record Step(Kind Kind, int Key)
    {
        public override string ToString() => Kind == Kind.Publish ? $"Publish u{Key}" : $"{Kind}";
    }
}
