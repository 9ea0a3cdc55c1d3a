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
                        lanes.Append(lane, 1);
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
}
