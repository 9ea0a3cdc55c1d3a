using BenchmarkDotNet.Attributes;
using Postrider.Benchmarks.Events;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Benchmarks.Delivery;

/// <summary>What does a lane cost an event on its way through: in, its turn, out?</summary>
[MemoryDiagnoser]
public class TakingTurns
{
    private const int EventsPerCall = 4096;

    private readonly List<LaneEvent> _taken = [];
    private FlowingLanes _lanes = new();
    private Event _event = null!;

    /// <summary>1: one hot key. 4096: every event has a key of its own.</summary>
    [Params(1, 64, 4096)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _lanes = new FlowingLanes();
        _event = Event.Restore(SampleEvents.Stored(200, withEverything: false), SampleEvents.LogId, SampleEvents.Place);
    }

    [Benchmark(OperationsPerInvoke = EventsPerCall)]
    public int AddAttemptAndRelease()
    {
        for (var i = 0; i < EventsPerCall; i++)
        {
            _lanes.Add(LaneId.OfKey((ulong)(i % Keys) << 1), _event, i);
        }

        while (_lanes.TryPeekReady(out var lane))
        {
            _taken.Clear();
            _lanes.TakeTurn(1, long.MaxValue, _taken);
            _lanes.RemoveFirst(lane);
            _lanes.Release(lane);
        }

        return _lanes.Count;
    }
}
