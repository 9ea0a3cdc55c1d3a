using System.Runtime.InteropServices;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// What memory knows of the lanes in the retry store: how many events each holds and when its head is due. The events themselves are in the store.
/// </summary>
internal sealed class ParkedLanes
{
    private static readonly long Never = ParkedLane.Blocked.ToUnixTimeMilliseconds();

    private readonly Dictionary<LaneId, Entry> _lanes = [];
    private readonly PriorityQueue<LaneId, long> _due = new();

    public int LaneCount => _lanes.Count;

    public long EventCount { get; private set; }

    /// <summary>Events that a replay put there and that have not left; after a restart, at most so many.</summary>
    public long ReplayedCount { get; private set; }

    /// <summary>Lanes whose head waits until someone decides.</summary>
    public int BlockedCount { get; private set; }

    public bool Contains(LaneId lane) => _lanes.ContainsKey(lane);

    public int CountOf(LaneId lane) => _lanes.TryGetValue(lane, out var entry) ? entry.Count : 0;

    public bool IsBlocked(LaneId lane) => _lanes.TryGetValue(lane, out var entry) && entry.IsBlocked;

    /// <summary>Events join the end of the lane, which is parked from now on. A lane that is new must be scheduled or activated next.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="events">How many.</param>
    /// <param name="since">Since when the first of them waits.</param>
    /// <param name="replayed">A replay put them there.</param>
    public void Append(LaneId lane, int events, DateTimeOffset since = default, bool replayed = false)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_lanes, lane, out var known);
        entry.Count += events;
        EventCount += events;
        if (!known)
        {
            entry.Since = since.ToUnixTimeMilliseconds();
        }

        if (replayed)
        {
            entry.Replayed += events;
            ReplayedCount += events;
        }
    }

    /// <summary>The lane waits until its head is due.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="due">When.</param>
    /// <param name="headSave">The save that holds its head as it now is: before it is done, the store would show an older lane.</param>
    public void Schedule(LaneId lane, DateTimeOffset due, long headSave)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_lanes, lane);
        BlockedCount -= entry.IsBlocked ? 1 : 0;
        entry.Due = due.ToUnixTimeMilliseconds();
        entry.HeadSave = headSave;
        entry.IsActive = false;
        if (entry.IsBlocked)
        {
            // Time alone does not make it due.
            BlockedCount++;
        }
        else
        {
            _due.Enqueue(lane, entry.Due);
        }
    }

    /// <summary>The lane is being worked on and is not due until it is scheduled again.</summary>
    public void Activate(LaneId lane)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_lanes, lane);
        BlockedCount -= entry.IsBlocked ? 1 : 0;
        entry.IsActive = true;
    }

    /// <summary>The lane's head has left it.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="replayed">A replay had put the head there.</param>
    /// <returns>How many are left; at 0 the lane is parked no more.</returns>
    public int RemoveHead(LaneId lane, bool replayed = false)
    {
        EventCount--;
        ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_lanes, lane);
        var left = --entry.Count;

        // What was counted after a restart is an upper bound: a lane holds no more replayed events than events.
        var replayedLeft = Math.Clamp(entry.Replayed - (replayed ? 1 : 0), 0, left);
        ReplayedCount -= entry.Replayed - replayedLeft;
        entry.Replayed = replayedLeft;
        if (left == 0)
        {
            BlockedCount -= entry.IsBlocked ? 1 : 0;
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

    /// <summary>The lanes that have been parked longest, longest first. For a person who asks: it walks all of them.</summary>
    public IReadOnlyList<LongParkedLane> LongestParked(int limit)
    {
        var longest = new PriorityQueue<LaneId, long>();
        foreach (var (lane, entry) in _lanes)
        {
            longest.Enqueue(lane, -entry.Since);
            if (longest.Count > limit)
            {
                longest.Dequeue();
            }
        }

        var lanes = new List<LongParkedLane>(longest.Count);
        while (longest.TryDequeue(out var lane, out _))
        {
            var entry = _lanes[lane];
            DateTimeOffset? due = entry.IsActive || entry.IsBlocked ? null : DateTimeOffset.FromUnixTimeMilliseconds(entry.Due);
            lanes.Add(new LongParkedLane(lane, entry.Count, DateTimeOffset.FromUnixTimeMilliseconds(entry.Since), due, entry.IsBlocked));
        }

        lanes.Reverse();
        return lanes;
    }

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
        public int Replayed;
        public bool IsActive;
        public long Due;
        public long HeadSave;
        public long Since;

        public readonly bool IsBlocked => !IsActive && Due == Never;
    }
}
