using System.Collections.Concurrent;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Delivery;
using Postrider.Destinations;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>
/// Random events, answers, replays, deletions, skips, pauses, failing saves and crashes against a simple model: nothing missing, order per key
/// as replays promise it, counters right, and no event twice by the same replay.
/// </summary>
public sealed class ReplayPropertyTests
{
    private static readonly Gen<Scenario> Scenarios =
        from steps in Gen.Frequency(
            (40, Gen.Select(Gen.Int[0, 4], Gen.Int[0, 25]).Select((key, wait) => new Step(Kind.Publish, key == 4 ? null : $"u{key}", wait))),
            (6, Gen.Int[0, 200].Select(rate => new Step(Kind.ReplayLetters, Number: rate))),
            (3, Gen.Const(new Step(Kind.ReplayLog))),
            (2, Gen.Int[0, 3].Select(key => new Step(Kind.Delete, $"u{key}"))),
            (1, Gen.Const(new Step(Kind.Skip))),
            (1, Gen.Const(new Step(Kind.Cancel))),
            (3, Gen.Const(new Step(Kind.TogglePause))),
            (2, Gen.Const(new Step(Kind.Crash))),
            (1, Gen.Int[1, 6].Select(count => new Step(Kind.FailSaves, Number: count))),
            (6, Gen.Int[1, 300].Select(wait => new Step(Kind.Wait, Number: wait)))).Array[1, 120]
        from answers in Gen.Int[0, 99].Array[300]
        from batch in Gen.Int[0, 2].Select(i => i == 0 ? 1 : i == 1 ? 3 : 10)
        from small in Gen.Bool
        select new Scenario(steps, answers, batch, small);

    private enum Kind
    {
        Publish,
        ReplayLetters,
        ReplayLog,
        Delete,
        Skip,
        Cancel,
        TogglePause,
        Crash,
        FailSaves,
        Wait,
    }

    [Fact]
    public Task Replay_AnythingHappens_NothingMissingInOrderAndOnce() =>
        Scenarios.SampleAsync(scenario => new Run(scenario).ToTheEndAsync(), iter: 60, threads: 1, print: scenario => scenario.ToString());

    private sealed record Step(Kind Kind, string? Key = null, int Number = 0)
    {
        public override string ToString() => $"{Kind}{(Key is null ? "" : $" {Key}")}{(Number == 0 ? "" : $" {Number}")}";
    }

    private sealed record Scenario(Step[] Steps, int[] Answers, int MaxBatch, bool SmallLimits)
    {
        public override string ToString() =>
            $"batches of {MaxBatch}{(SmallLimits ? ", small limits" : "")}; answers {string.Join(' ', Answers.Take(40))} …\n  {string.Join("; ", (object[])Steps)}";
    }

    private sealed class Run
    {
        private readonly Scenario _scenario;
        private readonly FakeTimeProvider _time = new();
        private readonly Lock _lock = new();
        private readonly Dictionary<string, FakeDestination> _destinations;
        private readonly List<Event> _published = [];
        private readonly Dictionary<long, long[]> _before = [];
        private readonly Dictionary<long, List<int>> _deliveries = [];
        private readonly Dictionary<string, SortedSet<long>> _seen = [];
        private readonly Dictionary<long, int> _moved = [];
        private readonly HashSet<long> _deleted = [];
        private readonly List<GivenUpRange> _skipped = [];
        private readonly Dictionary<string, List<long>> _byReplay = [];
        private readonly List<(string Replay, long[] Letters)> _expected = [];
        private readonly HashSet<string> _cancelled = [];
        private readonly ConcurrentQueue<string> _violations = new();
        private readonly Dictionary<long, int> _publishedAt = [];
        private DeliveryHarness _harness = null!;
        private int _failing;
        private int _clock;
        private int _applied;
        private int _next;
        private bool _frozen;
        private bool _paused;
        private bool _settling;

        public Run(Scenario scenario)
        {
            _scenario = scenario;
            _destinations = new() { ["a"] = new FakeDestination(scenario.MaxBatch) { Answer = (attempt, _) => Task.FromResult(Answer(attempt)) } };
        }

        private MemoryStateStore Store => _harness.Log.Store;

        private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

        public async Task ToTheEndAsync()
        {
            await StartAsync(new MemoryLog());
            foreach (var step in _scenario.Steps)
            {
                await DoAsync(step);
            }

            _failing = 0;
            _settling = true;
            await DriveAsync(_harness.Service.ResumeAsync("a", Cancellation));
            await Eventually.TrueAsync("every event is settled and every replay has ended", IsDoneAsync);
            await CheckAsync();
            await DriveAsync(_harness.Service.StopAsync());
            Assert.Equal(_harness.Log.EndPosition, Store.ProgressOf("a").Cursor);
        }

        private async Task DoAsync(Step step)
        {
            var service = _harness.Service;
            switch (step.Kind)
            {
                case Kind.Publish:
                    await PublishAsync(step.Key);
                    _time.Advance(TimeSpan.FromMilliseconds(step.Number));
                    break;
                case Kind.ReplayLetters:
                    var letters = Store.DeadLettersOf("a").Select(letter => letter.Position).ToArray();
                    await ReplayAsync(new ReplayRequest("a", true, new EventSelection(), null, step.Number > 20 ? step.Number : null), letters);
                    break;
                case Kind.ReplayLog:
                    await ReplayAsync(new ReplayRequest("a", false, new EventSelection(), null, null), []);
                    break;
                case Kind.Delete:
                    await DriveAsync(service.DeadLetters.DeleteAsync("a", new EventSelection(step.Key), Cancellation));
                    break;
                case Kind.Skip:
                    await DriveAsync(service.SkipAsync("a", null, Cancellation));
                    break;
                case Kind.Cancel:
                    if ((await service.Replays.ListAsync(Cancellation)).FirstOrDefault(replay => replay.State == ReplayState.Running) is { } running)
                    {
                        _cancelled.Add(running.Id);
                        await DriveAsync(service.Replays.CancelAsync(running.Id, Cancellation));
                    }

                    break;
                case Kind.TogglePause:
                    _paused = !_paused;
                    await DriveAsync(_paused ? service.PauseAsync("a", Cancellation) : service.ResumeAsync("a", Cancellation));
                    break;
                case Kind.Crash:
                    await CrashAsync();
                    break;
                case Kind.FailSaves:
                    FailSaves(step.Number);
                    break;
                default:
                    _time.Advance(TimeSpan.FromMilliseconds(step.Number));
                    await Task.Yield();
                    break;
            }
        }

        // What stands in its lane in the store when an event is published must end before that event is attempted.
        private async Task PublishAsync(string? key)
        {
            var @event = MemoryLog.NewEvent(key);
            lock (_lock)
            {
                var position = _harness.Log.EndPosition;
                _before[position] = key is null ? [] : [.. Store.ParkedOf("a").Select(parked => parked.Position).Where(parked => _published[(int)parked - 1].Key == key)];
                _publishedAt[position] = _clock++;
            }

            _published.Add(@event);
            await _harness.Log.AppendAsync(@event);
        }

        private async Task ReplayAsync(ReplayRequest request, long[] letters)
        {
            try
            {
                var starting = _harness.Service.Replays.StartAsync(request, Cancellation);
                await DriveAsync(starting);
                _expected.Add(((await starting)!.Id, letters));
            }
            catch (ReplayRefusedException)
            {
                // There was nothing to replay.
            }
        }

        private async Task CrashAsync()
        {
            var dying = _harness;
            _frozen = true;

            // Between two saves: what the check has noted is what the store holds.
            FailSaves(int.MaxValue);
            await DriveAsync(Eventually.TrueAsync("the save under way is done", () => Volatile.Read(ref _applied) == dying.Log.Store.Saves));
            var left = dying.Log.Crash();
            dying.Log.Store.SaveFault = null;
            await DriveAsync(dying.Service.StopAsync());
            _frozen = false;
            _failing = 0;
            _applied = 0;
            await StartAsync(left);
        }

        private async Task StartAsync(MemoryLog log)
        {
            log.Store.SaveFault = OnSave;
            var limits = _scenario.SmallLimits ? new DispatcherLimits { BufferedEvents = 16, Window = 40, PendingChanges = 12 } : null;
            _harness = DeliveryHarness.Create(
                _destinations, destination => destination with { Timeout = TimeSpan.FromHours(1) }, _time, log, limits,
                config => config with { Delivery = config.Delivery with { ShutdownTimeout = TimeSpan.FromHours(1) } });
            await DriveAsync(_harness.Service.StartAsync(_harness.Config, Cancellation));
        }

        private void FailSaves(int count)
        {
            lock (_lock)
            {
                _failing = count;
            }
        }

        private IOException? OnSave(IReadOnlyList<DestinationSave> saves)
        {
            lock (_lock)
            {
                if (_failing > 0)
                {
                    _failing -= _failing == int.MaxValue ? 0 : 1;
                    return new IOException("disk full");
                }

                foreach (var changes in saves.Select(save => save.Changes))
                {
                    _deleted.UnionWith(changes.OfType<StateChange.DeleteLetter>().Select(change => change.Position));
                    _skipped.AddRange(changes.OfType<StateChange.GiveUp>().Select(change => change.Range));
                    var replayed = changes.OfType<StateChange.Park>().Where(park => park.Event is { Turn: > 0, Attempts: 0 }).Select(park => park.Event.Position).ToList();
                    foreach (var position in replayed.Concat(changes.OfType<StateChange.Exhume>().Select(change => change.Position)))
                    {
                        _moved[position] = _clock++;
                    }

                    if (replayed.Count > 0)
                    {
                        var replay = changes.OfType<StateChange.Replayed>().Single(change => change.Progress.State != ReplayState.Cancelled).Replay;
                        _byReplay.TryAdd(replay, []);
                        _byReplay[replay].AddRange(replayed);
                    }
                }

                _applied++;
                return null;
            }
        }

        private DeliveryResult Answer(DeliveryAttempt attempt)
        {
            lock (_lock)
            {
                if (_frozen)
                {
                    return DeliveryResult.NotAttempted;
                }

                CheckOrder(attempt.Event);
                var answer = _scenario.Answers[_next++ % _scenario.Answers.Length];
                if (answer < 65 || (_settling && answer < 90))
                {
                    _deliveries.TryAdd(attempt.Event.Position, []);
                    _deliveries[attempt.Event.Position].Add(_clock++);
                    return DeliveryResult.Delivered(200);
                }

                return answer < 80 ? DeliveryResult.Retry("status", "answered 503", 503)
                    : answer < 97 ? DeliveryResult.Rejected("status", "answered 400", 400)
                    : DeliveryResult.NotAttempted;
            }
        }

        private void CheckOrder(Event @event)
        {
            if (@event.Key is not { } key)
            {
                return;
            }

            _seen.TryAdd(key, []);
            var position = @event.Position;
            var dead = Store.DeadLettersOf("a").Select(letter => letter.Position).ToHashSet();
            bool Ended(long earlier) => dead.Contains(earlier) || _deleted.Contains(earlier) || _skipped.Exists(range => range.From <= earlier && earlier < range.Before);
            foreach (var earlier in _seen[key].Where(earlier => earlier < position && !_deliveries.ContainsKey(earlier) && !_moved.ContainsKey(earlier) && !Ended(earlier)))
            {
                _violations.Enqueue($"{position} of {key} was attempted before {earlier} had ended.");
            }

            if (!_moved.ContainsKey(position))
            {
                foreach (var earlier in _before[position].Where(earlier => !Ended(earlier)))
                {
                    // One that was replayed again since then stands behind.
                    var moved = _moved.GetValueOrDefault(earlier, -1);
                    if (moved < _publishedAt[position] && !_deliveries.GetValueOrDefault(earlier, []).Exists(at => at > moved))
                    {
                        _violations.Enqueue($"{position} of {key} was attempted before {earlier}, which stood in its lane.");
                    }
                }
            }

            _seen[key].Add(position);
        }

        private async Task<bool> IsDoneAsync()
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            // In this order: a replay that runs on may park what the status did not know of yet.
            return (await _harness.Service.Replays.ListAsync(Cancellation)).All(replay => replay.State != ReplayState.Running)
                && await _harness.StatusAsync("a") is { Lag: 0, ParkedEvents: 0, InFlight: 0 };
        }

        private async Task CheckAsync()
        {
            Assert.Empty(_violations);
            await DriveAsync(Eventually.TrueAsync("the counter of dead letters is right", async () =>
                Store.DeadLettersOf("a").Count == (await _harness.StatusAsync("a")).DeadLetters));
            var dead = Store.DeadLettersOf("a").Select(letter => letter.Position).ToHashSet();
            var skipped = await _harness.Service.DeadLetters.ListSkippedAsync("a", int.MaxValue, Cancellation);
            foreach (var position in _published.Select(published => published.Position))
            {
                Assert.True(
                    _deliveries.ContainsKey(position) || dead.Contains(position) || _deleted.Contains(position)
                    || skipped.Any(range => range.Range.From <= position && position < range.Range.Before),
                    $"{position} is missing.");
            }

            foreach (var (replay, positions) in _byReplay)
            {
                Assert.True(positions.Count == positions.Distinct().Count(), $"{replay} replayed an event twice.");
            }

            foreach (var report in await _harness.Service.Replays.ListAsync(Cancellation))
            {
                Assert.Equal(_byReplay.GetValueOrDefault(report.Id, []).Count, report.Events);
                Assert.True(report.State == ReplayState.Done || _cancelled.Contains(report.Id), $"{report.Id} is {report.State}.");
            }

            foreach (var (replay, letters) in _expected.Where(expected => !_cancelled.Contains(expected.Replay)))
            {
                Assert.All(letters, letter => Assert.True(_moved.ContainsKey(letter) || _deleted.Contains(letter), $"{replay} left {letter} behind."));
            }
        }

        // Lets time pass until the task is done.
        private async Task DriveAsync(Task task)
        {
            while (!task.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(10));
                await Task.Yield();
            }

            await task;
        }
    }
}
