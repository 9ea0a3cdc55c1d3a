using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Lets events into memory: says whether there is room, and gives each to its lane, or to the retry store where its lane is parked.</summary>
internal sealed class Admission(DispatcherBooks books, BudgetShare budget, IEventLog log, ILogPartition partition, DispatcherLimits limits, TimeProvider time)
{
    /// <summary>Reading stopped because memory holds as much as it may.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Reading stopped because nothing may be parked now, or the destination holds as much as it may. Nobody tells when that is over.</summary>
    public bool WaitsForParking { get; private set; }

    /// <summary>How many more events memory may hold.</summary>
    public int Room => Math.Max(0, limits.BufferedEvents - books.Lanes.Count);

    public void Begin()
    {
        IsFull = false;
        WaitsForParking = false;
        books.ReadingStops = WaitReason.None;
    }

    /// <summary>Whether memory may hold another event.</summary>
    public bool HasRoom()
    {
        IsFull = Room == 0;
        return !IsFull;
    }

    /// <summary>Whether this event may be admitted now.</summary>
    public bool HasRoom(Event @event)
    {
        if (!HasRoom() || books.Changes.Count >= limits.PendingChanges)
        {
            return false;
        }

        if (@event.Position - books.Progress.Cursor >= limits.Window)
        {
            books.ReadingStops = WaitReason.Window;
            return false;
        }

        if (books.Held >= partition.MostHeld)
        {
            WaitsForParking = true;
            return false;
        }

        if (!books.Parked.Contains(LaneOf(@event)))
        {
            books.ReadingStops = books.Parked.LaneCount < limits.ParkedLanes ? WaitReason.None : WaitReason.ParkedKeys;
            return books.ReadingStops == WaitReason.None;
        }

        WaitsForParking = log.HoldParking;
        return !WaitsForParking;
    }

    /// <summary>Takes bytes from the budget for an event, or for a read.</summary>
    public bool TryCharge(long bytes)
    {
        IsFull = !budget.TryTake(bytes, force: books.Lanes.Count == 0);
        books.ReadingStops = IsFull ? WaitReason.Memory : WaitReason.None;
        return !IsFull;
    }

    /// <summary>Gives an event that was read, and charged, to its lane.</summary>
    public void Admit(Event @event)
    {
        var lane = LaneOf(@event);
        if (books.Parked.Contains(lane))
        {
            Park(lane, @event);
            books.Progress.Read(@event.Position + 1);
            return;
        }

        books.Lanes.Add(lane, @event, books.Progress.Add(@event.Position));
    }

    /// <summary>Puts back an event that was outstanding when the process last stopped.</summary>
    public void AdmitRecovered(Event @event, int handle)
    {
        var lane = LaneOf(@event);
        budget.TryTake(@event.Weight, force: true);
        if (books.Parked.Contains(lane))
        {
            Park(lane, @event);
            books.Progress.Settle(handle);
            return;
        }

        books.Lanes.Add(lane, @event, handle);
    }

    /// <summary>The lane that an event stands in.</summary>
    public static LaneId LaneOf(Event @event) => @event.IsKeyed ? LaneId.OfKey(@event.KeyHash) : LaneId.OfPosition(@event.Position);

    private void Park(LaneId lane, Event @event)
    {
        books.Park(lane, @event.Position, 0, time.GetUtcNow(), null, null);
        budget.Return(@event.Weight);
    }
}
