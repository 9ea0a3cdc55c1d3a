namespace Postrider.Delivery;

/// <summary>Figures of a dispatcher as of its last round: written by its pump, read by anybody without asking it.</summary>
internal sealed class DispatcherGauges(long readPosition, long cursor)
{
    private long _readPosition = readPosition;
    private long _cursor = cursor;
    private long _outstanding;
    private long _parkedEvents;
    private long _parkedLanes;
    private long _deadLetters;
    private int _blockedLanes;

    public long ReadPosition => Volatile.Read(ref _readPosition);

    public long Cursor => Volatile.Read(ref _cursor);

    public long Outstanding => Volatile.Read(ref _outstanding);

    public long ParkedEvents => Volatile.Read(ref _parkedEvents);

    public long ParkedLanes => Volatile.Read(ref _parkedLanes);

    public int BlockedLanes => Volatile.Read(ref _blockedLanes);

    public long DeadLetters => Volatile.Read(ref _deadLetters);

    /// <summary>Inside the pump.</summary>
    public void Publish(DispatcherBooks books)
    {
        Volatile.Write(ref _readPosition, books.Progress.ReadPosition);
        Volatile.Write(ref _cursor, books.Progress.Cursor);
        Volatile.Write(ref _outstanding, books.Progress.OutstandingCount);
        Volatile.Write(ref _parkedEvents, books.Parked.EventCount);
        Volatile.Write(ref _parkedLanes, books.Parked.LaneCount);
        Volatile.Write(ref _deadLetters, books.DeadLetters);
        Volatile.Write(ref _blockedLanes, books.Parked.BlockedCount);
    }
}
