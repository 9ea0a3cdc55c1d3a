using CsCheck;
using Postrider.Journal;

namespace Postrider.Tests.Journal;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void IndexOf_AnyDuration_IsTheFirstBucketThatReachesIt() =>
        Gen.Long[0, 500_000_000].Sample(micros =>
        {
            var seconds = micros / 1_000_000.0;

            var index = LatencyBuckets.IndexOf(TimeSpan.FromMicroseconds(micros));

            return (index == LatencyBuckets.Count - 1 || seconds <= LatencyBuckets.UpperSeconds(index))
                && (index == 0 || seconds >= LatencyBuckets.UpperSeconds(index - 1))
                && (index is 0 or LatencyBuckets.Count - 1 || LatencyBuckets.UpperSeconds(index) <= Math.Max(seconds, 0.000064) * 1.251);
        });

    [Fact]
    public void Percentile_OfCounts_IsTheBucketOfTheNearestRank()
    {
        var counts = new long[LatencyBuckets.Count];
        counts[10] = 98;
        counts[40] = 1;
        counts[60] = 1;

        Assert.Equal(LatencyBuckets.UpperSeconds(10), LatencyBuckets.Percentile(counts, 0.5));
        Assert.Equal(LatencyBuckets.UpperSeconds(40), LatencyBuckets.Percentile(counts, 0.99));
        Assert.Null(LatencyBuckets.Percentile(new long[LatencyBuckets.Count], 0.5));
    }
}
