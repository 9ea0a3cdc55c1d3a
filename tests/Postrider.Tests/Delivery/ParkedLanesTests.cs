using CsCheck;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>What memory knows of parked lanes, against a dictionary that is searched.</summary>
public sealed class ParkedLanesTests
{
    [Fact]
    public void Lanes_AnySteps_TheOneLongestDueAndSavedIsNext()
    {
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 20]).Array[1, 200].Sample(steps =>
        {
            var lanes = new ParkedLanes();
            var model = new Dictionary<LaneId, (int Count, long Due, long Save, bool Active)>();
            foreach (var (step, key, number) in steps)
            {
                var lane = LaneId.OfKey((ulong)key << 1);
                var known = model.TryGetValue(lane, out var state);
                switch (step)
                {
                    case 0:
                        lanes.Append(lane, 1, default);
                        model[lane] = state with { Count = state.Count + 1 };
                        if (!known)
                        {
                            Schedule(lanes, model, lane, number);
                        }

                        break;
                    case 1 when known && state.Active:
                        Schedule(lanes, model, lane, number);
                        break;
                    case 2 when known && state.Active:
                        Assert.Equal(state.Count - 1, lanes.RemoveHead(lane));
                        model[lane] = state with { Count = state.Count - 1 };
                        if (state.Count == 1)
                        {
                            model.Remove(lane);
                        }

                        break;
                    default:
                        Activate(lanes, model, now: number, saved: step == 3 ? long.MaxValue : number);
                        break;
                }

                Assert.Equal((model.Count, model.Values.Sum(entry => entry.Count)), (lanes.LaneCount, lanes.EventCount));
                var next = model.Values.Where(entry => !entry.Active).Select(entry => (long?)entry.Due).Min();
                Assert.Equal(next, lanes.NextDue?.ToUnixTimeMilliseconds());
            }
        });
    }

    [Fact]
    public void FindLongest_ManyLanes_ListsTheTenParkedLongest()
    {
        var lanes = new ParkedLanes();
        var start = DateTimeOffset.UnixEpoch.AddYears(50);
        foreach (var i in Enumerable.Range(0, 25).OrderBy(i => i * 7 % 25))
        {
            var lane = LaneId.OfKey((ulong)(i + 1) << 1);
            lanes.Append(lane, 1, start.AddSeconds(i));
            lanes.Append(lane, 2, start.AddDays(1));
            lanes.Schedule(lane, i == 3 ? ParkedLane.Blocked : start.AddDays(2), headSave: 0);
        }

        var longest = lanes.LongestParked(10);

        Assert.Equal(Enumerable.Range(0, 10).Select(i => LaneId.OfKey((ulong)(i + 1) << 1)), longest.Select(lane => lane.Lane));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => start.AddSeconds(i)), longest.Select(lane => lane.Since));
        Assert.All(longest, lane => Assert.Equal(3, lane.Events));
        Assert.Equal([start.AddDays(2), null], longest.Skip(2).Take(2).Select(lane => lane.Due));
        Assert.Equal(1, lanes.BlockedCount);
    }

    private static void Schedule(
        ParkedLanes lanes, Dictionary<LaneId, (int Count, long Due, long Save, bool Active)> model, LaneId lane, int number)
    {
        lanes.Schedule(lane, DateTimeOffset.FromUnixTimeMilliseconds(number), headSave: number / 2);
        model[lane] = model[lane] with { Due = number, Save = number / 2, Active = false };
    }

    private static void Activate(ParkedLanes lanes, Dictionary<LaneId, (int Count, long Due, long Save, bool Active)> model, long now, long saved)
    {
        var waiting = model.Where(pair => !pair.Value.Active).ToList();
        var earliest = waiting.Count == 0 ? long.MaxValue : waiting.Min(pair => pair.Value.Due);
        if (lanes.TryActivateDue(DateTimeOffset.FromUnixTimeMilliseconds(now), saved, out var lane))
        {
            Assert.Equal(earliest, model[lane].Due);
            Assert.True(model[lane].Due <= now && model[lane].Save <= saved && !model[lane].Active);
            model[lane] = model[lane] with { Active = true };
        }
        else
        {
            Assert.True(earliest > now || waiting.Any(pair => pair.Value.Due == earliest && pair.Value.Save > saved));
        }
    }

    [Fact]
    public void Blocked_TimePasses_NeverDueUntilScheduled()
    {
        var lanes = new ParkedLanes();
        var lane = LaneId.OfKey(2);
        lanes.Append(lane, 2, DateTimeOffset.UnixEpoch);
        lanes.Schedule(lane, ParkedLane.Blocked, headSave: 0);

        Assert.True(lanes.IsBlocked(lane));
        Assert.Equal(1, lanes.BlockedCount);
        Assert.Null(lanes.NextDue);
        Assert.False(lanes.TryActivateDue(DateTimeOffset.MaxValue, long.MaxValue, out _));

        lanes.Schedule(lane, DateTimeOffset.UnixEpoch, headSave: 0);
        Assert.Equal(0, lanes.BlockedCount);
        Assert.True(lanes.TryActivateDue(DateTimeOffset.UnixEpoch, 0, out var due));
        Assert.Equal(lane, due);
    }

    [Fact]
    public void Blocked_HeadsLeave_CountFollows()
    {
        var lanes = new ParkedLanes();
        var lane = LaneId.OfKey(2);
        lanes.Append(lane, 2, DateTimeOffset.UnixEpoch);
        lanes.Schedule(lane, ParkedLane.Blocked, headSave: 0);

        Assert.Equal(1, lanes.RemoveHead(lane));
        Assert.Equal(1, lanes.BlockedCount);
        Assert.Equal(0, lanes.RemoveHead(lane));
        Assert.Equal(0, lanes.BlockedCount);
    }

    [Fact]
    public void Replayed_CountedAsAllAfterARestart_FallsToWhatIsLeft()
    {
        var lanes = new ParkedLanes();
        var lane = LaneId.OfKey(2);
        lanes.Append(lane, 3, DateTimeOffset.UnixEpoch, replayed: true);
        lanes.Append(lane, 1, DateTimeOffset.UnixEpoch);

        Assert.Equal(3, lanes.ReplayedCount);
        lanes.RemoveHead(lane, replayed: true);
        Assert.Equal(2, lanes.ReplayedCount);
        lanes.RemoveHead(lane);
        lanes.RemoveHead(lane);
        Assert.Equal(1, lanes.ReplayedCount);
        lanes.RemoveHead(lane);
        Assert.Equal(0, lanes.ReplayedCount);
    }

    [Fact]
    public void LongestParked_AnyLanes_ThoseThatWaitLongestFirst()
    {
        Gen.Int[0, 1000].Array[0, 40].Sample(since =>
        {
            var lanes = new ParkedLanes();
            for (var i = 0; i < since.Length; i++)
            {
                var lane = LaneId.OfKey((ulong)(i + 1) << 1);
                lanes.Append(lane, 1, DateTimeOffset.UnixEpoch.AddSeconds(since[i]));
                lanes.Append(lane, i, DateTimeOffset.UnixEpoch.AddSeconds(since[i] + 5));
            }

            var longest = lanes.LongestParked(10);

            Assert.Equal(since.Order().Take(10), longest.Select(lane => (int)(lane.Since - DateTimeOffset.UnixEpoch).TotalSeconds));
            Assert.All(longest, lane => Assert.Equal(lane.Events, lanes.CountOf(lane.Lane)));
        });
    }
}
