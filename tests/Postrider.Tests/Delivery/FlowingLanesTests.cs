using CsCheck;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The lanes against queues in a dictionary.</summary>
public sealed class FlowingLanesTests
{
    private static readonly Event Sample = MemoryLog.NewEvent("u1");

    [Fact]
    public void Lanes_AnySteps_OneTurnALaneInOrderAndNothingForgotten()
    {
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 5], Gen.Int[1, 4]).Array[1, 300].Sample(steps => new Model().Run(steps));
    }

    [Fact]
    public void SkipTurn_StaleTurnBehindIt_IsNeverTaken()
    {
        var lanes = new FlowingLanes();
        var (a, b) = (LaneId.OfKey(2), LaneId.OfKey(4));
        lanes.Add(a, Sample, 0);
        lanes.Add(b, Sample, 1);
        lanes.Remove(b);

        Assert.True(lanes.TryPeekReady(out _));
        lanes.SkipTurn();
        var taken = new List<LaneEvent>();
        lanes.TakeTurn(1, long.MaxValue, taken);

        Assert.Equal(a, Assert.Single(taken).Lane);
    }

    [Fact]
    public void TakeTurn_MoreBytesThanFit_TakesWhatFitsButAtLeastOne()
    {
        var lanes = new FlowingLanes();
        var lane = LaneId.OfKey(2);
        for (var i = 0; i < 4; i++)
        {
            lanes.Add(lane, MemoryLog.NewEvent("u1", new string('1', 10)), i);
        }

        var taken = new List<LaneEvent>();
        Assert.Equal(10, lanes.TakeTurn(10, 5, taken));
        lanes.RemoveFirst(lane);
        lanes.Release(lane);
        Assert.Equal(20, lanes.TakeTurn(10, 29, taken));

        Assert.Equal([0, 1, 2], taken.Select(item => item.Handle));
    }

    [Fact]
    public void Lanes_ManyKeysComeAndGo_NothingIsLeftBehind()
    {
        var lanes = new FlowingLanes();
        var taken = new List<LaneEvent>();
        for (var i = 0; i < 10_000; i++)
        {
            var lane = LaneId.OfKey((ulong)i << 1);
            lanes.Add(lane, Sample, i);
            taken.Clear();
            Assert.True(lanes.HasReady);
            lanes.TakeTurn(1, long.MaxValue, taken);
            lanes.RemoveFirst(lane);
            lanes.Release(lane);
        }

        Assert.Equal(0, lanes.Count);
        Assert.Empty(lanes.Ids);
        Assert.False(lanes.HasReady);
    }

    private sealed class Model
    {
        private readonly FlowingLanes _lanes = new();
        private readonly Dictionary<LaneId, Queue<int>> _queues = [];
        private readonly Dictionary<LaneId, int> _inFlight = [];
        private readonly HashSet<LaneId> _held = [];
        private int _next;

        public void Run((int Step, int Key, int Count)[] steps)
        {
            foreach (var (step, key, count) in steps)
            {
                Do(step, LaneId.OfKey((ulong)key << 1), count);
                Assert.Equal(_queues.Values.Sum(queue => queue.Count), _lanes.Count);
                Assert.Equal(_queues.Any(pair => IsReady(pair.Key)), _lanes.HasReady);
                Assert.Equal(_queues.Where(pair => IsReady(pair.Key)).Sum(pair => pair.Value.Count), _lanes.ReadyCount);
            }
        }

        private bool IsReady(LaneId lane) => _queues.TryGetValue(lane, out var queue) && queue.Count > 0 && !_inFlight.ContainsKey(lane) && !_held.Contains(lane);

        private void Do(int step, LaneId lane, int count)
        {
            switch (step)
            {
                case 0 or 1:
                    _queues.TryAdd(lane, new Queue<int>());
                    _queues[lane].Enqueue(_next);
                    _lanes.Add(lane, Sample, _next++);
                    break;
                case 2 when _lanes.HasReady:
                    Take(count, skip: false);
                    break;
                case 3 when _lanes.HasReady:
                    Take(count, skip: true);
                    break;
                case 4 when _inFlight.Remove(lane, out var taken):
                    Finish(lane, taken, hold: count == 4);
                    break;
                case 5 when _held.Remove(lane):
                    _lanes.Release(lane);
                    break;
                case 6 when !_inFlight.ContainsKey(lane) && !_held.Contains(lane):
                    Assert.Equal(_queues.GetValueOrDefault(lane) ?? [], _lanes.Remove(lane).Select(item => item.Handle));
                    _queues.Remove(lane);
                    break;
                default:
                    break;
            }
        }

        private void Take(int max, bool skip)
        {
            if (skip)
            {
                _lanes.SkipTurn();
            }

            var taken = new List<LaneEvent>();
            _lanes.TakeTurn(max, long.MaxValue, taken);
            var lane = taken[0].Lane;
            Assert.True(IsReady(lane), "A lane that was not ready got its turn.");
            Assert.Equal(_queues[lane].Take(max), taken.Select(item => item.Handle));
            Assert.Equal(_queues[lane].Peek(), _lanes.First(lane).Handle);
            _inFlight.Add(lane, taken.Count);
        }

        private void Finish(LaneId lane, int taken, bool hold)
        {
            for (var i = 0; i < taken; i++)
            {
                _queues[lane].Dequeue();
                _lanes.RemoveFirst(lane);
            }

            if (hold)
            {
                _held.Add(lane);
                _lanes.Hold(lane);
            }
            else
            {
                _lanes.Release(lane);
            }
        }
    }
}
