using System.Numerics;

namespace Postrider.Journal;

/// <summary>
/// Buckets for durations, four to each doubling from 64 µs to over two minutes: a figure taken from them is at most a quarter too high.
/// Which bucket is a few instructions. The bounds are a stored format.
/// </summary>
internal static class LatencyBuckets
{
    /// <summary>How many there are; the last takes all that is longer.</summary>
    public const int Count = 85;

    private const int LowestBit = 6;

    public static int IndexOf(TimeSpan duration)
    {
        var micros = (ulong)Math.Max(0, duration.Ticks / TimeSpan.TicksPerMicrosecond);
        if (micros < 1UL << LowestBit)
        {
            return 0;
        }

        var bit = BitOperations.Log2(micros);
        return Math.Min(Count - 1, ((bit - LowestBit) * 4) + (int)((micros >> (bit - 2)) & 3) + 1);
    }

    /// <summary>No duration of the bucket is longer; for the last one, where it begins.</summary>
    public static double UpperSeconds(int index)
    {
        var step = Math.Min(index, Count - 2);
        return (1L << (LowestBit + (step / 4))) * (4 + (step % 4)) / 4.0 / 1_000_000;
    }

    /// <summary>At most so long took the given share of what was counted; null: nothing was.</summary>
    public static double? Percentile(ReadOnlySpan<long> counts, double share)
    {
        long total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        if (total == 0)
        {
            return null;
        }

        var wanted = Math.Max(1, (long)Math.Ceiling(total * share));
        long seen = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= wanted)
            {
                return UpperSeconds(i);
            }
        }

        return UpperSeconds(Count - 1);
    }
}
