namespace Postrider.Log;

/// <summary>
/// Where each event of one partition stands in the log that it was copied to. Takes eight bytes of memory for each event: what is settled,
/// parked and dead is told by old positions.
/// </summary>
/// <param name="first">The first position that the log holds.</param>
internal sealed class LogCopyMap(long first)
{
    private const int PositionBits = 48;

    // Of events below the first that the log holds, only those whose bodies were kept: ascending.
    private readonly SortedList<long, MovedPlace> _kept = [];
    private readonly List<long> _held = [];

    /// <summary>The first position that the log holds.</summary>
    public long First => first;

    /// <summary>The position behind the last that was copied.</summary>
    public long End => first + _held.Count;

    /// <summary>Positions come in ascending order, those of kept bodies first.</summary>
    public void Add(long position, MovedPlace place)
    {
        if (position < First)
        {
            _kept.Add(position, place);
            return;
        }

        if (position != End)
        {
            throw new InvalidOperationException($"Position {position} was copied out of turn.");
        }

        _held.Add(((long)place.Partition << PositionBits) | place.Position);
    }

    /// <summary>Where it went; null: the log holds it no more, or never did.</summary>
    public MovedPlace? Find(long position)
    {
        if (position < First)
        {
            return _kept.TryGetValue(position, out var kept) ? kept : null;
        }

        return position - First < _held.Count ? Unpack(_held[(int)(position - First)]) : null;
    }

    /// <summary>The last place in the partition of any event up to this position; 0: there is none.</summary>
    public long FindLast(long position, int partition)
    {
        for (var at = (int)Math.Min(position - First, _held.Count - 1); at >= 0; at--)
        {
            if (Unpack(_held[at]) is var place && place.Partition == partition)
            {
                return place.Position;
            }
        }

        for (var at = _kept.Count - 1; at >= 0; at--)
        {
            if (_kept.GetKeyAtIndex(at) <= position && _kept.GetValueAtIndex(at) is var place && place.Partition == partition)
            {
                return place.Position;
            }
        }

        return 0;
    }

    private static MovedPlace Unpack(long packed) => new((int)(packed >> PositionBits), packed & ((1L << PositionBits) - 1));
}
