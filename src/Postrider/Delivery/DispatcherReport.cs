using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>The figures of one dispatcher.</summary>
internal sealed record DispatcherReport(
    long Lag,
    long Cursor,
    int InFlight,
    int ParkedLanes,
    long ParkedEvents,
    long DeadLetters,
    long Delivered,
    long FailedAttempts,
    Wait Waits,
    WaitReason ReadingStops,
    DateTimeOffset? NextRetry,
    int BlockedLanes,
    bool HoldsMost,
    IReadOnlyList<LongParkedLane> LongestParked)
{
    /// <summary>Inside the pump.</summary>
    public static DispatcherReport Of(DispatcherBooks books, AttemptStarter starter, ILogPartition partition) => new(
        Math.Max(0, partition.EndPosition - books.Progress.ReadPosition) + books.Progress.OutstandingCount,
        books.Progress.Cursor,
        starter.InFlight,
        books.Parked.LaneCount,
        books.Parked.EventCount,
        books.DeadLetters,
        books.Delivered,
        books.FailedAttempts,
        starter.Waits,
        books.ReadingStops,
        books.Parked.NextDue,
        books.Parked.BlockedCount,
        books.Held >= partition.MostHeld,
        books.Parked.LongestParked(DeliveryStatus.MostListed));
}
