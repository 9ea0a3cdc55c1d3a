namespace Postrider.Delivery;

/// <summary>The bytes of events that wait in memory for their attempt, over all dispatchers of the process. Each takes through a share of its own.</summary>
internal sealed class DeliveryBudget(long maxBytes)
{
    private long _used;
    private int _waiting;

    /// <summary>Someone who was refused is told here, on the thread that made room: a hint. Whoever is refused has work in hand, and looks
    /// again when that is done.</summary>
    public event Action? RoomMade;

    /// <summary>Takes the bytes if there is room, or anyway when <paramref name="force"/>: whoever holds nothing may always take one event,
    /// so that a body larger than what is left cannot stop a destination.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="held">What the caller holds already. It may hold no more than what it leaves free: one destination that drowns takes half,
    /// two take a third each, and there is always as much left for one more.</param>
    /// <param name="force">Take them in any case.</param>
    public bool TryTake(long bytes, long held, bool force)
    {
        var used = Interlocked.Add(ref _used, bytes);
        if (force || held + bytes <= maxBytes - used)
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        Volatile.Write(ref _waiting, 1);
        return false;
    }

    public void Return(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        if (Volatile.Read(ref _waiting) == 1 && Volatile.Read(ref _used) < maxBytes / 2 && Interlocked.Exchange(ref _waiting, 0) == 1)
        {
            RoomMade?.Invoke();
        }
    }
}
