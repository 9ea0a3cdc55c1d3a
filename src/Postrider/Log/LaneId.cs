using System.Globalization;

namespace Postrider.Log;

/// <summary>
/// Names a lane in memory and in the state store: the key's hash with its lowest bit cleared, or, for an event without a key,
/// which is a lane of its own, its position with the lowest bit set. Two keys of one hash share a lane: that over-serialises, never reorders.
/// </summary>
internal readonly record struct LaneId(ulong Value)
{
    public bool IsKeyed => (Value & 1) == 0;

    public static LaneId OfKey(ulong keyHash) => new(keyHash & ~1UL);

    public static LaneId OfPosition(long position) => new(((ulong)position << 1) | 1);

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
