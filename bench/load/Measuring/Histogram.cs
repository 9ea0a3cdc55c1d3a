using System.Numerics;

namespace Postrider.Load.Measuring;

/// <summary>Counts durations in nanoseconds, each to within 1/128 of its value. Written by one thread.</summary>
internal sealed class Histogram
{
    private const int SubBucketBits = 7;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[(65 - SubBucketBits) * SubBuckets];

    public long Count { get; private set; }

    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        var value = Math.Max(0, nanoseconds);
        _counts[IndexOf(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    /// <summary>The duration that a part of all counted ones does not exceed.</summary>
    public long Quantile(double part)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * part));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return Math.Min(Max, UpperBound(i));
            }
        }

        return Max;
    }

    // Below 128 every value has its own bucket; above, the leading eight bits name it.
    private static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBucketBits);
        return (shift * SubBuckets) + (int)(value >> shift);
    }

    private static long UpperBound(int index)
    {
        var shift = Math.Max(0, (index / SubBuckets) - 1);
        var leading = index - (shift * SubBuckets);
        return ((leading + 1L) << shift) - 1;
    }
}
