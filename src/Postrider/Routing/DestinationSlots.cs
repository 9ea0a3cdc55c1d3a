namespace Postrider.Routing;

/// <summary>Gives every destination name a small number that stays the same over reloads, so that routes can be arrays.</summary>
internal sealed class DestinationSlots
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);

    public int this[string destination]
    {
        get
        {
            lock (_lock)
            {
                if (!_slots.TryGetValue(destination, out var slot))
                {
                    slot = _slots.Count;
                    _slots.Add(destination, slot);
                }

                return slot;
            }
        }
    }
}
