namespace Postrider.Log.Embedded;

/// <summary>The segments in use, by position: a snapshot that its writer swaps and readers take as it is.</summary>
internal sealed class SegmentSet(IReadOnlyList<Segment> segments)
{
    private readonly Lock _writing = new();
    private Segment[] _segments = [.. segments];

    /// <summary>All of them, the active one last. Never empty.</summary>
    public IReadOnlyList<Segment> All => Volatile.Read(ref _segments);

    public Segment Active => Volatile.Read(ref _segments)[^1];

    public long First => Volatile.Read(ref _segments)[0].First;

    /// <summary>The segment that holds the position, or would; null below the first.</summary>
    public Segment? Find(long position)
    {
        var segments = Volatile.Read(ref _segments);
        var (low, high) = (0, segments.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].First <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high < 0 ? null : segments[high];
    }

    /// <summary>Adds the new active segment. One that starts where an empty one does replaces it.</summary>
    public void Add(Segment segment)
    {
        lock (_writing)
        {
            var kept = _segments.Where(other => other.First < segment.First);
            Volatile.Write(ref _segments, [.. kept, segment]);
        }
    }

    public void Remove(Segment segment)
    {
        lock (_writing)
        {
            Volatile.Write(ref _segments, [.. _segments.Where(other => other != segment)]);
        }
    }
}
