using CsCheck;
using Postrider.Delivery;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The tracker against a sorted set, and its snapshots against a restart.</summary>
public sealed class ProgressTrackerTests
{
    [Fact]
    public void Tracker_AnySteps_AgreesWithASortedSet()
    {
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9]).Array[1, 200].Sample(steps =>
        {
            var tracker = new ProgressTracker(1);
            var read = 1L;
            var outstanding = new SortedDictionary<long, int>();
            foreach (var (step, number) in steps)
            {
                switch (step)
                {
                    case 0:
                        outstanding.Add(read + number, tracker.Add(read + number));
                        read += number + 1;
                        break;
                    case 1:
                        tracker.Read(read + number - 5);
                        read = Math.Max(read, read + number - 5);
                        break;
                    default:
                        if (outstanding.Count > 0)
                        {
                            var (position, handle) = outstanding.ElementAt(number % outstanding.Count);
                            tracker.Settle(handle);
                            outstanding.Remove(position);
                        }

                        break;
                }

                Agree(tracker, read, [.. outstanding.Keys]);
            }

            var snapshot = tracker.Snapshot();
            var restarted = new ProgressTracker(snapshot.ReadPosition);
            foreach (var position in snapshot.Outstanding)
            {
                restarted.AddRecovered(position);
            }

            Agree(restarted, read, [.. outstanding.Keys]);
        });
    }

    private static void Agree(ProgressTracker tracker, long read, long[] outstanding)
    {
        var snapshot = tracker.Snapshot();
        Assert.Equal((read, outstanding.Length), (tracker.ReadPosition, tracker.OutstandingCount));
        Assert.Equal(outstanding.Length > 0 ? outstanding[0] : read, tracker.Cursor);
        Assert.Equal(outstanding, snapshot.Outstanding);
        Assert.Equal(tracker.Cursor, new Progress(snapshot.ReadPosition, snapshot.Outstanding).Cursor);
        Assert.All(outstanding, position => Assert.True(tracker.IsOutstanding(position)));
    }
}
