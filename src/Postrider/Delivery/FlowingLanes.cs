using System.Runtime.InteropServices;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// The lanes whose events wait in memory for their attempt: events of one key in order, one attempt (or batch) of a lane at a time,
/// lanes served in turn. Two slabs with index links: no object per lane or event, nothing left behind by a key that fell silent.
/// </summary>
/// <remarks>
/// A lane is idle → ready (queued for its turn) → in flight → ready again, or gone once empty; or held, while a dead letter is being saved.
/// </remarks>
internal sealed class FlowingLanes
{
    private const int None = -1;

    private readonly Dictionary<LaneId, int> _byId = [];
    private readonly Queue<int> _ready = new();
    private Node[] _nodes = new Node[8];
    private Lane[] _lanes = new Lane[4];
    private int _nodesUsed;
    private int _lanesUsed;
    private int _freeNode = None;
    private int _freeLane = None;

    private enum Mode
    {
        Free,
        Ready,
        InFlight,
        Held,
    }

    /// <summary>Events in all lanes, those in flight included.</summary>
    public int Count { get; private set; }

    /// <summary>Events of the lanes that wait for their turn.</summary>
    public int ReadyCount { get; private set; }

    public IEnumerable<LaneId> Ids => _byId.Keys;

    public bool Contains(LaneId id) => _byId.ContainsKey(id);

    public int CountOf(LaneId id) => _byId.TryGetValue(id, out var lane) ? _lanes[lane].Count : 0;

    public bool IsInFlight(LaneId id) => _byId.TryGetValue(id, out var lane) && _lanes[lane].Mode == Mode.InFlight;

    public bool IsHeld(LaneId id) => _byId.TryGetValue(id, out var lane) && _lanes[lane].Mode == Mode.Held;

    public bool HasReady
    {
        get
        {
            DropStaleTurns();
            return _ready.Count > 0;
        }
    }

    /// <summary>Appends an event to its lane.</summary>
    public void Add(LaneId id, Event @event, int handle)
    {
        var node = TakeNode(@event, handle);
        ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(_byId, id, out var exists);
        if (!exists)
        {
            lane = TakeLane(id, Mode.Ready);
            _ready.Enqueue(lane);
        }

        if (_lanes[lane].Count == 0)
        {
            _lanes[lane].Head = node;
        }
        else
        {
            _nodes[_lanes[lane].Tail].Next = node;
        }

        _lanes[lane].Tail = node;
        _lanes[lane].Count++;
        if (_lanes[lane].Mode == Mode.Ready)
        {
            ReadyCount++;
        }
    }

    /// <summary>The lane whose turn it is.</summary>
    public bool TryPeekReady(out LaneId id)
    {
        DropStaleTurns();
        if (_ready.Count == 0)
        {
            id = default;
            return false;
        }

        id = _lanes[_ready.Peek()].Id;
        return true;
    }

    /// <summary>Moves the lane whose turn it is to the end of the queue.</summary>
    public void SkipTurn() => _ready.Enqueue(_ready.Dequeue());

    /// <summary>The bytes of the first event of the lane whose turn it is.</summary>
    public int PeekReadyBytes() => _nodes[_lanes[_ready.Peek()].Head].Event.Body.Length;

    /// <summary>Puts events of the lane whose turn it is in flight, and hands them out in order: up to <paramref name="max"/> of up to
    /// <paramref name="maxBytes"/> in all, but at least one.</summary>
    /// <returns>Their bytes.</returns>
    public long TakeTurn(int max, long maxBytes, List<LaneEvent> taken)
    {
        // A turn that was skipped may have brought a stale one to the front.
        DropStaleTurns();
        var index = _ready.Dequeue();
        ref var lane = ref _lanes[index];
        lane.Mode = Mode.InFlight;
        ReadyCount -= lane.Count;
        var node = lane.Head;
        var bytes = 0L;
        for (var i = 0; i < max && node != None && (i == 0 || bytes + _nodes[node].Event.Body.Length <= maxBytes); i++)
        {
            taken.Add(new LaneEvent(lane.Id, _nodes[node].Event, _nodes[node].Handle));
            bytes += _nodes[node].Event.Body.Length;
            node = _nodes[node].Next;
        }

        return bytes;
    }

    /// <summary>The lane that begins with the event of this position.</summary>
    public bool TryFindHolding(long position, out LaneId id)
    {
        foreach (var (candidate, lane) in _byId)
        {
            if (_lanes[lane].Count > 0 && _nodes[_lanes[lane].Head].Event.Position == position)
            {
                id = candidate;
                return true;
            }
        }

        id = default;
        return false;
    }

    /// <summary>The lane's first event.</summary>
    public LaneEvent First(LaneId id)
    {
        var node = _lanes[_byId[id]].Head;
        return new LaneEvent(id, _nodes[node].Event, _nodes[node].Handle);
    }

    /// <summary>Removes the lane's first event.</summary>
    public void RemoveFirst(LaneId id)
    {
        ref var lane = ref _lanes[_byId[id]];
        var node = lane.Head;
        lane.Head = _nodes[node].Next;
        lane.Count--;
        ReturnNode(node);
    }

    /// <summary>The lane's attempt or wait is over: its next events wait for their turn, or the lane is gone when there are none.</summary>
    public void Release(LaneId id)
    {
        if (!_byId.TryGetValue(id, out var index))
        {
            return;
        }

        if (_lanes[index].Count == 0)
        {
            _byId.Remove(id);
            ReturnLane(index);
            return;
        }

        _lanes[index].Mode = Mode.Ready;
        ReadyCount += _lanes[index].Count;
        _ready.Enqueue(index);
    }

    /// <summary>The lane, empty or not, waits for a save before its next event may be attempted; <see cref="Release"/> ends it.</summary>
    public void Hold(LaneId id)
    {
        ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(_byId, id, out var exists);
        if (!exists)
        {
            lane = TakeLane(id, Mode.Held);
        }

        if (_lanes[lane].Mode == Mode.Ready)
        {
            ReadyCount -= _lanes[lane].Count;
        }

        _lanes[lane].Mode = Mode.Held;
    }

    /// <summary>Removes the lane and hands out all its events in order.</summary>
    public IReadOnlyList<LaneEvent> Remove(LaneId id)
    {
        if (!_byId.Remove(id, out var index))
        {
            return [];
        }

        if (_lanes[index].Mode == Mode.Ready)
        {
            ReadyCount -= _lanes[index].Count;
        }

        var events = new List<LaneEvent>(_lanes[index].Count);
        for (var node = _lanes[index].Head; node != None;)
        {
            var next = _nodes[node].Next;
            events.Add(new LaneEvent(id, _nodes[node].Event, _nodes[node].Handle));
            ReturnNode(node);
            node = next;
        }

        ReturnLane(index);
        return events;
    }

    // A lane that was removed while it waited for its turn leaves its place in the queue behind.
    private void DropStaleTurns()
    {
        while (_ready.TryPeek(out var index) && _lanes[index].Mode != Mode.Ready)
        {
            _ready.Dequeue();
        }
    }

    private int TakeNode(Event @event, int handle)
    {
        Count++;
        int node;
        if (_freeNode != None)
        {
            node = _freeNode;
            _freeNode = _nodes[node].Next;
        }
        else
        {
            if (_nodesUsed == _nodes.Length)
            {
                Array.Resize(ref _nodes, _nodes.Length * 2);
            }

            node = _nodesUsed++;
        }

        _nodes[node] = new Node { Event = @event, Handle = handle, Next = None };
        return node;
    }

    private void ReturnNode(int node)
    {
        Count--;
        _nodes[node] = new Node { Event = null!, Next = _freeNode };
        _freeNode = node;
    }

    private int TakeLane(LaneId id, Mode mode)
    {
        int lane;
        if (_freeLane != None)
        {
            lane = _freeLane;
            _freeLane = _lanes[lane].Head;
        }
        else
        {
            if (_lanesUsed == _lanes.Length)
            {
                Array.Resize(ref _lanes, _lanes.Length * 2);
            }

            lane = _lanesUsed++;
        }

        _lanes[lane] = new Lane { Id = id, Head = None, Tail = None, Mode = mode };
        return lane;
    }

    private void ReturnLane(int lane)
    {
        _lanes[lane] = new Lane { Head = _freeLane, Mode = Mode.Free };
        _freeLane = lane;
    }

    private struct Node
    {
        public Event Event;
        public int Handle;
        public int Next;
    }

    private struct Lane
    {
        public LaneId Id;
        public int Head;
        public int Tail;
        public int Count;
        public Mode Mode;
    }
}
