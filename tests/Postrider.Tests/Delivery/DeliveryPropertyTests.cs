using System.Collections.Concurrent;
using CsCheck;
using Postrider.Destinations;
using Postrider.Events;

namespace Postrider.Tests.Delivery;

/// <summary>Random events, answers and crashes against the promises: nothing missing (P2), order per key (P3), at whatever moment the process dies (P6).</summary>
public sealed class DeliveryPropertyTests
{
    private static readonly Gen<Scenario> Scenarios =
        from events in Gen.Int[0, 6].Select(key => key == 6 ? null : $"u{key}").Array[1, 120]
        from answers in Gen.Int[0, 99].Array[400]
        from crashes in Gen.Int[1, 150].Array[0, 3]
        from batch in Gen.Bool.Select(many => many ? 5 : 1)
        select new Scenario(events, answers, [.. crashes.Order()], batch);

    [Fact]
    public async Task Deliver_RandomAnswersAndCrashes_NothingMissingAndFirstArrivalsInOrder()
    {
        await Scenarios.SampleAsync(RunAsync, iter: 60, threads: 1, print: scenario => scenario.ToString());
    }

    private static async Task RunAsync(Scenario scenario)
    {
        var receiver = new Receiver(scenario.Answers);
        var destination = new FakeDestination(scenario.MaxBatch) { Answer = (attempt, _) => Task.FromResult(receiver.Answer(attempt)) };
        var harness = await DeliveryHarness.StartAsync(new() { ["only"] = destination });
        receiver.Store = harness.Log.Store;
        var published = new List<Event>();
        var crashes = new Queue<int>(scenario.CrashAfter);
        foreach (var key in scenario.Keys)
        {
            published.Add(await harness.PublishAsync(key));
            while (crashes.TryPeek(out var after) && receiver.Count >= after)
            {
                crashes.Dequeue();
                harness = await CrashAsync(harness, receiver);
            }
        }

        if (crashes.Count > 0)
        {
            harness = await CrashAsync(harness, receiver);
        }

        await Eventually.TrueAsync("every event is settled", async () =>
            await harness.StatusAsync("only") is { Lag: 0, ParkedEvents: 0, InFlight: 0 });
        await harness.Service.StopAsync();

        var dead = harness.Log.Store.DeadLettersOf("only").Select(letter => letter.Position).ToHashSet();
        Assert.All(published, @event => Assert.True(receiver.Has(@event.Position) || dead.Contains(@event.Position), $"Event {@event.Position} is missing."));
        Assert.Empty(receiver.Violations);
        if (scenario.CrashAfter.Length == 0)
        {
            // A process that died may have attempts on their way that its successor repeats.
            Assert.Equal(1, destination.MostPerKey);
        }

        Assert.Equal(harness.Log.EndPosition, harness.Log.Store.ProgressOf("only").Cursor);
        await harness.DisposeAsync();
    }

    private static async Task<DeliveryHarness> CrashAsync(DeliveryHarness harness, Receiver receiver)
    {
        receiver.Freeze();
        var next = await harness.CrashAsync();
        receiver.Store = next.Log.Store;
        receiver.Thaw();
        return next;
    }

    private sealed record Scenario(string?[] Keys, int[] Answers, int[] CrashAfter, int MaxBatch);

    /// <summary>Answers by the next random number, and checks the order at every attempt.</summary>
    private sealed class Receiver(int[] answers)
    {
        private readonly Lock _lock = new();
        private readonly HashSet<long> _delivered = [];
        private readonly Dictionary<string, SortedSet<long>> _seen = [];
        private int _next;
        private bool _frozen;

        public ConcurrentQueue<string> Violations { get; } = new();

        public MemoryStateStore Store { get; set; } = null!;

        public int Count { get; private set; }

        public bool Has(long position) => _delivered.Contains(position);

        public void Freeze()
        {
            lock (_lock)
            {
                _frozen = true;
            }
        }

        public void Thaw()
        {
            lock (_lock)
            {
                _frozen = false;
            }
        }

        public DeliveryResult Answer(DeliveryAttempt attempt)
        {
            lock (_lock)
            {
                if (_frozen)
                {
                    // The process that makes this attempt is dead already.
                    return DeliveryResult.NotAttempted;
                }

                Count++;
                CheckOrder(attempt.Event);
                var answer = answers[_next++ % answers.Length];
                if (answer < 70)
                {
                    _delivered.Add(attempt.Event.Position);
                    return DeliveryResult.Delivered(200);
                }

                return answer < 90 ? DeliveryResult.Retry("status", "answered 503", 503) : DeliveryResult.Rejected("status", "answered 400", 400);
            }
        }

        private void CheckOrder(Event @event)
        {
            if (@event.Key is not { } key)
            {
                return;
            }

            _seen.TryAdd(key, []);
            foreach (var earlier in _seen[key].Where(position => position < @event.Position))
            {
                if (!_delivered.Contains(earlier) && Store.DeadLettersOf("only").All(letter => letter.Position != earlier))
                {
                    Violations.Enqueue($"{@event.Position} was attempted before {earlier} was delivered or its dead letter saved.");
                }
            }

            _seen[key].Add(@event.Position);
        }
    }
}
