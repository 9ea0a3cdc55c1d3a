namespace Postrider.Routing;

/// <summary>The destinations that an event goes to, by their slots (small process-wide numbers). Shared by all events of one route.</summary>
internal sealed class DestinationSet
{
    private readonly int[] _slots;

    public DestinationSet(IEnumerable<int> slots)
    {
        _slots = [.. slots.Distinct().Order()];
    }

    public static DestinationSet None { get; } = new([]);

    public ReadOnlySpan<int> Slots => _slots;

    public bool Contains(int slot) => _slots.Length switch
    {
        0 => false,
        1 => _slots[0] == slot,
        < 16 => Array.IndexOf(_slots, slot) >= 0,
        _ => Array.BinarySearch(_slots, slot) >= 0,
    };
}
