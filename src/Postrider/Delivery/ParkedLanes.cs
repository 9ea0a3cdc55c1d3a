using System.Runtime.InteropServices;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// What memory knows of the lanes in the retry store: how many events each holds and when its head is due. The events themselves are in the store.
/// </summary>
internal sealed class ParkedLanes
{
    private readonly Dictionary<LaneId, Entry> _lanes = [];
    private readonly PriorityQueue<LaneId, long> _due = new();

    public int LaneCount => _lanes.Count;

    public long EventCount { get; private set; }

    public bool Contains(LaneId lane) => _lanes.ContainsKey(lane);

    public int CountOf(LaneId lane) => _lanes.TryGetValue(lane, out var entry) ? entry.Count : 0;

    /// <summary>Events join the end of the lane, which is parked from now on. A lane that is new must be scheduled or activated next.</summary>
    public void Append(LaneId lane, int events)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_lanes, lane, out _).Count += events;
        EventCount += events;
    }

    /// <summary>The lane waits until its head is due.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="due">When.</param>
    /// <param name="headSave">The save that holds its head as it now is: before it is done, the store would show an older lane.</param>
    public void Schedule(LaneId lane, DateTimeOffset due, long headSave)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_lanes, lane);
        entry.Due = due.ToUnixTimeMilliseconds();
        entry.HeadSave = headSave;
        entry.IsActive = false;
        _due.Enqueue(lane, entry.Due);
    }

    /// <summary>The lane is being worked on and is not due until it is scheduled again.</summary>
    public void Activate(LaneId lane) => CollectionsMarshal.GetValueRefOrNullRef(_lanes, lane).IsActive = true;

    /// <summary>The lane's head has left it.</summary>
    /// <returns>How many are left; at 0 the lane is parked no more.</returns>
    public int RemoveHead(LaneId lane)
    {
        EventCount--;
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_lanes, lane);
        var left = --entry.Count;
        if (left == 0)
        {
            _lanes.Remove(lane);
        }

        return left;
    }

    /// <summary>Takes the lane that has been due longest and activates it.</summary>
    public bool TryActivateDue(DateTimeOffset now, long saved, out LaneId lane)
    {
        if (!TryPeek(out lane, out var due) || due > now || _lanes[lane].HeadSave > saved)
        {
            return false;
        }

        _due.Dequeue();
        Activate(lane);
        return true;
    }

    /// <summary>When the next lane is due; null: none waits.</summary>
    public DateTimeOffset? NextDue => TryPeek(out _, out var due) ? due : null;

    public DateTimeOffset? DueOf(LaneId lane) =>
        _lanes.TryGetValue(lane, out var entry) ? DateTimeOffset.FromUnixTimeMilliseconds(entry.Due) : null;

    private bool TryPeek(out LaneId lane, out DateTimeOffset due)
    {
        while (_due.TryPeek(out lane, out var milliseconds))
        {
            // Places in the queue that a later schedule, an activation or the lane's end has overtaken are dropped here.
            if (_lanes.TryGetValue(lane, out var entry) && !entry.IsActive && entry.Due == milliseconds)
            {
                due = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
                return true;
            }

            _due.Dequeue();
        }

        due = default;
        return false;
    }

    private struct Entry
    {
        public int Count;
        public bool IsActive;
        public long Due;
        public long HeadSave;
    }
}
