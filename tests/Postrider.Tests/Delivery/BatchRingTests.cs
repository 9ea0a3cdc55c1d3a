using CsCheck;
using Postrider.Configuration;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Tests.Delivery;

/// <summary>Whatever enters the ring and whoever pulls when: every reader sees exactly its events, in order, or is sent to the log.</summary>
public sealed class BatchRingTests
{
    private const int Readers = 3;

    [Fact]
    public void Ring_AnyBatchesRoutesPullsAndTrims_EveryReaderSeesExactlyItsEvents()
    {
        var requests = Gen.Int[0, Readers].Array[0, Readers].Null();
        var steps = Gen.OneOf(
            requests.Array[1, 6].Select(batch => new Step(batch, 0, 0)),
            Gen.Select(Gen.Int[0, Readers - 1], Gen.Int[1, 8]).Select(pull => new Step(null, pull.Item1, pull.Item2)),
            Gen.Const(new Step(null, -1, 0)));
        Gen.Select(Gen.Long[200, 6000], steps.Array[1, 80]).Sample(
            (capacity, run) => new Model(capacity).Run(run), iter: 400, print: scenario => Print(scenario.Item1, scenario.Item2));
    }

    [Fact]
    public void Pull_ReaderHasOtherRoutesThanTheRing_IsSentToTheLog()
    {
        var config = DeliveryHarness.ConfigOf(["d0"]);
        var slots = new DestinationSlots();
        var (mine, newer) = (new RouteTable(config, slots), new RouteTable(config, slots));
        var ring = new BatchRing(1 << 20, mine);
        var reader = new Reader { ReadPosition = 1 };
        ring.Attach(0, reader);
        ring.Add(new CommittedBatch(1, [Placed(1, null)]));

        ring.Reroute(newer);
        var events = new List<Event>();

        Assert.Equal(1, ring.Pull(0, mine, 1, 10, events));
        Assert.Empty(events);
        Assert.Equal(2, ring.Pull(0, newer, 1, 10, events));
    }

    private static Event Placed(long position, int[]? requested)
    {
        var @event = MemoryLog.NewEvent("u1", destinations: requested is null ? null : [.. requested.Select(i => $"d{i}")]);
        @event.PlaceAt("memory", new LogPosition(0, 0, position));
        return @event;
    }

    private static string Print(long capacity, Step[] steps) =>
        $"capacity {capacity}: " + string.Join("; ", steps.Select(step =>
            step.Batch is { } batch
                ? "add " + string.Join(' ', batch.Select(requested => requested is null ? "*" : $"[{string.Join(',', requested)}]"))
                : step.Reader < 0 ? "reroute" : $"d{step.Reader} pulls {step.Max}"));

    private sealed record Step(int[]?[]? Batch, int Reader, int Max);

    private sealed class Reader : IRingReader
    {
        public long ReadPosition { get; set; }

        public int Woken { get; private set; }

        public void Wake() => Woken++;
    }

    private sealed class Model
    {
        private readonly PostriderConfig _config = DeliveryHarness.ConfigOf(Enumerable.Range(0, Readers).Select(i => $"d{i}"));
        private readonly DestinationSlots _slots = new();
        private readonly Reader[] _readers = [.. Enumerable.Range(0, Readers).Select(_ => new Reader { ReadPosition = 1 })];
        private readonly List<Event> _log = [];
        private readonly BatchRing _ring;
        private RouteTable _routes;

        public Model(long capacity)
        {
            _routes = new RouteTable(_config, _slots);
            _ring = new BatchRing(capacity, _routes);
            for (var i = 0; i < Readers; i++)
            {
                _ring.Attach(_slots[$"d{i}"], _readers[i]);
            }
        }

        public void Run(Step[] steps)
        {
            foreach (var step in steps)
            {
                if (step.Batch is { } batch)
                {
                    Add(batch);
                }
                else if (step.Reader < 0)
                {
                    _routes = new RouteTable(_config, _slots);
                    _ring.Reroute(_routes);
                }
                else
                {
                    Pull(step.Reader, step.Max);
                }
            }
        }

        private bool Mine(int reader, Event @event) => _routes.Route(@event).Contains(_slots[$"d{reader}"]);

        private void Add(int[]?[] batch)
        {
            var first = _log.Count + 1;
            _log.AddRange(batch.Select((requested, i) => Placed(first + i, requested)));
            var before = _readers.Select(reader => reader.Woken).ToArray();
            _ring.Add(new CommittedBatch(first, _log[(first - 1)..]));
            for (var i = 0; i < Readers; i++)
            {
                Assert.True(!_log[(first - 1)..].Exists(@event => Mine(i, @event)) || _readers[i].Woken > before[i], "A reader was not woken.");
            }
        }

        private void Pull(int reader, int max)
        {
            var from = _readers[reader].ReadPosition;
            var events = new List<Event>();
            var next = _ring.Pull(_slots[$"d{reader}"], _routes, from, max, events);
            if (next == from)
            {
                // Sent to the log, unless there is nothing more: the ring never holds what it does not hand out.
                Assert.True(events.Count == 0 && (from > _log.Count || _ring.First > from), "The ring held events and handed out none.");
                next = Math.Min(_log.Count + 1, from + 2);
            }
            else
            {
                var expected = _log.Where(@event => @event.Position >= from && @event.Position < next && Mine(reader, @event)).Select(@event => @event.Position);
                Assert.Equal(expected, events.Select(@event => @event.Position));
                Assert.True(events.Count <= max && next <= _log.Count + 1);
            }

            _readers[reader].ReadPosition = next;
        }
    }
}
