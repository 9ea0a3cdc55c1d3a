using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>All that one dispatcher knows; touched by its pump alone.</summary>
internal sealed class DispatcherBooks(Progress progress, DestinationCounters counters)
{
    public ProgressTracker Progress { get; } = new(progress.ReadPosition);

    public FlowingLanes Lanes { get; } = new();

    public ParkedLanes Parked { get; } = new();

    public PendingChanges Changes { get; } = new();

    public long Delivered { get; set; } = counters.Delivered;

    public long FailedAttempts { get; set; } = counters.FailedAttempts;

    public long DeadLetters { get; set; }

    /// <summary>Events that the log keeps for this destination alone.</summary>
    public long Held => Parked.EventCount + DeadLetters;

    /// <summary>The bound at which reading stopped when it was last tried; <see cref="WaitReason.None"/>: none that lasts.</summary>
    public WaitReason ReadingStops { get; set; }

    public DestinationCounters Counters => new(Delivered, FailedAttempts, Parked.EventCount);

    /// <summary>Writes an event to the end of its lane in the retry store.</summary>
    public void Park(LaneId lane, long position, int attempts, DateTimeOffset now, DateTimeOffset? firstAttempt, AttemptError? error)
    {
        Changes.Add(new StateChange.Park(new ParkedEvent(lane, position, position, attempts, now, firstAttempt, error)));
        Parked.Append(lane, 1, now);
    }

    /// <summary>The lane's head is due then.</summary>
    public void Schedule(LaneId lane, DateTimeOffset due)
    {
        Changes.Add(new StateChange.SetDue(lane, due));
        Parked.Schedule(lane, due, Changes.Number);
    }
}
