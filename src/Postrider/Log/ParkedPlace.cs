namespace Postrider.Log;

/// <summary>Where a parked event stands in its lane; see <see cref="ParkedEvent"/>.</summary>
internal readonly record struct ParkedPlace(long After, long Position, long Turn = 0) : IComparable<ParkedPlace>
{
    public static ParkedPlace Start { get; } = new(long.MinValue, long.MinValue, long.MinValue);

    public int CompareTo(ParkedPlace other) =>
        After != other.After ? After.CompareTo(other.After)
        : Turn != other.Turn ? Turn.CompareTo(other.Turn)
        : Position.CompareTo(other.Position);

    public static bool operator <(ParkedPlace left, ParkedPlace right) => left.CompareTo(right) < 0;

    public static bool operator >(ParkedPlace left, ParkedPlace right) => left.CompareTo(right) > 0;

    public static bool operator <=(ParkedPlace left, ParkedPlace right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ParkedPlace left, ParkedPlace right) => left.CompareTo(right) >= 0;
}
