using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Events;

namespace Postrider.Tests.Delivery;

/// <summary>
/// Random events, answers, crashes, stops, failing saves and reloads against the promises: nothing missing and its story told (P2), order per
/// key (P3), at whatever moment the process dies (P6).
/// </summary>
public sealed class DeliveryPropertyTests
{
    private static readonly string[] Both = ["a", "b"];

    private static readonly Gen<Step> Publishing =
        from key in Gen.Int[0, 5]
        from to in Gen.Int[0, 9]
        from milliseconds in Gen.Int[0, 25]
        select new Step(Kind.Publish, key == 5 ? null : $"u{key}", to switch { 0 => [], 1 => ["a"], 2 => ["b"], _ => null }, milliseconds);

    private static readonly Gen<Scenario> Scenarios =
        from steps in Gen.Frequency(
            (40, Publishing),
            (1, Gen.Const(new Step(Kind.Crash))),
            (1, Gen.Const(new Step(Kind.Stop))),
            (1, Gen.Int[1, 6].Select(count => new Step(Kind.FailSaves, Number: count))),
            (1, Gen.Const(new Step(Kind.ToggleB))),
            (1, Gen.Int[1, 300].Select(wait => new Step(Kind.Wait, Number: wait)))).Array[1, 160]
        from answers in Gen.Int[0, 99].Array[400]
        from batch in Gen.Int[0, 2].Select(i => i == 0 ? 1 : i == 1 ? 3 : 10)
        from small in Gen.Bool
        select new Scenario(steps, answers, batch, small);

    private enum Kind
    {
        Publish,
        Crash,
        Stop,
        FailSaves,
        ToggleB,
        Wait,
    }

    [Fact]
    public async Task Deliver_AnythingHappens_NothingMissingAndFirstArrivalsInOrder()
    {
        await Scenarios.SampleAsync(scenario => new Run(scenario).ToTheEndAsync(), iter: 60, threads: 1, print: scenario => scenario.ToString());
    }

    private sealed record Step(Kind Kind, string? Key = null, string[]? To = null, int Number = 0)
    {
        public override string ToString() => Kind switch
        {
            Kind.Publish => $"{Key ?? "keyless"}{(To is null ? "" : $"→[{string.Join(',', To)}]")}",
            Kind.FailSaves => $"the next {Number} saves fail",
            Kind.ToggleB => "reload with or without b",
            Kind.Wait => $"{Number} ms pass",
            _ => Kind.ToString().ToLowerInvariant(),
        };
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
        private readonly Dictionary<string, CheckingReceiver> _receivers;
        private readonly Dictionary<string, FakeDestination> _destinations;
        private readonly List<(Event Event, string[] To)> _published = [];
        private readonly DispatcherLimits? _limits;
        private DeliveryHarness _harness = null!;
        private bool _withB = true;

        public Run(Scenario scenario)
        {
            _scenario = scenario;
            _limits = scenario.SmallLimits ? new DispatcherLimits { BufferedEvents = 16, Window = 40, PendingChanges = 12 } : null;
            _receivers = Both.ToDictionary(name => name, name => new CheckingReceiver(name, scenario.Answers));
            _destinations = Both.ToDictionary(
                name => name,
                name => new FakeDestination(scenario.MaxBatch) { Answer = (attempt, _) => Task.FromResult(_receivers[name].Answer(attempt)) });
        }

        public async Task ToTheEndAsync()
        {
            await StartAsync(new MemoryLog());
            foreach (var step in _scenario.Steps)
            {
                await DoAsync(step);
            }

            _withB = true;
            _harness.Log.Store.SaveFault = null;
            await DriveAsync(_harness.ReloadAsync(Config()));
            await Eventually.TrueAsync("every event is settled", IsDoneAsync);
            await CheckAsync();
            await DriveAsync(_harness.Service.StopAsync());
            Assert.All(Both, name => Assert.Equal(_harness.Log.EndPosition, _harness.Log.Store.ProgressOf(name).Cursor));
        }

        private async Task DoAsync(Step step)
        {
            switch (step.Kind)
            {
                case Kind.Publish:
                    _published.Add((await _harness.PublishAsync(step.Key, destinations: step.To), step.To ?? Both));
                    _time.Advance(TimeSpan.FromMilliseconds(step.Number));
                    break;
                case Kind.Crash:
                    await RestartAsync(crash: true);
                    break;
                case Kind.Stop:
                    await RestartAsync(crash: false);
                    break;
                case Kind.FailSaves:
                    var left = step.Number;
                    _harness.Log.Store.SaveFault = _ => left-- > 0 ? new IOException("disk full") : null;
                    break;
                case Kind.ToggleB:
                    _withB = !_withB;
                    await DriveAsync(_harness.ReloadAsync(Config()));
                    break;
                default:
                    _time.Advance(TimeSpan.FromMilliseconds(step.Number));
                    break;
            }
        }

        // Time runs much faster than the threads do: what waits for threads waits long.
        private PostriderConfig Config()
        {
            var config = DeliveryHarness.ConfigOf(_withB ? Both : ["a"], destination => destination with { Timeout = TimeSpan.FromHours(1) });
            return config with { Delivery = config.Delivery with { ShutdownTimeout = TimeSpan.FromHours(1) } };
        }

        private async Task StartAsync(MemoryLog log)
        {
            _harness = DeliveryHarness.Create(_destinations, time: _time, log: log, limits: _limits, overall: _ => Config());
            foreach (var receiver in _receivers.Values)
            {
                receiver.Store = log.Store;
            }

            await DriveAsync(_harness.Service.StartAsync(Config(), TestContext.Current.CancellationToken));
        }

        private async Task RestartAsync(bool crash)
        {
            var dying = _harness;
            if (!crash)
            {
                await DriveAsync(dying.Service.StopAsync());
            }

            foreach (var receiver in _receivers.Values)
            {
                receiver.Freeze(true);
            }

            var left = dying.Log.Crash();
            await DriveAsync(dying.Service.StopAsync());
            foreach (var receiver in _receivers.Values)
            {
                receiver.Freeze(false);
            }

            await StartAsync(left);
        }

        private async Task<bool> IsDoneAsync()
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            return await _harness.StatusAsync("a") is { Lag: 0, ParkedEvents: 0, InFlight: 0 }
                && await _harness.StatusAsync("b") is { Lag: 0, ParkedEvents: 0, InFlight: 0 };
        }

        private async Task CheckAsync()
        {
            foreach (var name in Both)
            {
                Assert.Empty(_receivers[name].Violations);
                await DriveAsync(Eventually.TrueAsync("dead letters are saved", async () =>
                    _harness.Log.Store.DeadLettersOf(name).Count == (await _harness.StatusAsync(name)).DeadLetters));
                var dead = _harness.Log.Store.DeadLettersOf(name).Select(letter => letter.Position).ToHashSet();
                foreach (var (@event, to) in _published)
                {
                    var story = await _harness.Service.FindEventAsync(@event.Id, TestContext.Current.CancellationToken);
                    var state = story!.Destinations.Single(told => told.Destination == name).State;
                    var expected = !to.Contains(name) ? "not-routed" : dead.Contains(@event.Position) ? "dead-letter" : "delivered";
                    Assert.True(state == expected, $"{name}: {@event.Position} is {state}, not {expected}.");
                    Assert.True(state != "delivered" || _receivers[name].Has(@event.Position), $"{name}: {@event.Position} is missing.");
                    Assert.True(state != "not-routed" || !_receivers[name].Has(@event.Position), $"{name}: {@event.Position} was not meant for it.");
                }

                if (_scenario.Steps.All(step => step.Kind is Kind.Publish or Kind.Wait))
                {
                    Assert.Equal(1, Math.Max(1, _destinations[name].MostPerKey));
                }
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
