using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Works off parked lanes: takes those that are due, fetches their next events from the state store and the log, and hands out heads to attempt.
/// A lane whose head is delivered goes on with the next at once, until it is empty and flows from the log again.
/// </summary>
internal sealed class RetryLanes(Dispatcher dispatcher, DispatcherBooks books, ILogPartition partition, LiveDestination destination, BudgetShare budget)
{
    private readonly Dictionary<LaneId, ActiveLane> _active = [];
    private readonly Queue<ActiveLane> _ready = new();
    private readonly List<ActiveLane> _waitingForSave = [];
    private readonly List<ActiveLane> _waitingForRoom = [];
    private int _heads;

    public bool HasReady => _ready.Count > 0;

    public ActiveLane PeekReady() => _ready.Peek();

    /// <summary>Moves the lane whose turn it is to the end of the queue.</summary>
    public void SkipTurn() => _ready.Enqueue(_ready.Dequeue());

    public ActiveLane TakeTurn() => _ready.Dequeue();

    /// <summary>Whether another lane than this is ready.</summary>
    public bool HasReadyBesides(LaneId lane) => _ready.Count > 1 || (_ready.TryPeek(out var first) && first.Id != lane);

    /// <summary>Begins work on lanes that are due, a few more than may be attempted at once.</summary>
    public void ActivateDue(DateTimeOffset now)
    {
        if (_heads == 0 && _waitingForRoom.Count > 0)
        {
            // Whoever holds nothing may always take one.
            OnRoomMade();
        }

        var most = Math.Max(2, destination.Model.Config.Concurrency);
        while (_active.Count < most && books.Parked.TryActivateDue(now, books.Changes.Saved, out var id))
        {
            var lane = new ActiveLane(id);
            _active.Add(id, lane);
            Load(lane);
        }
    }

    /// <summary>A lane is parked while its head's attempt is still under way: the attempt goes on, as the first of its retries.</summary>
    public ActiveLane Adopt(LaneId id, ParkedEvent row, Event head, Attempt inFlight)
    {
        var lane = new ActiveLane(id) { InFlight = inFlight, HeadRow = row, Head = head, Fetched = row.Place };
        _heads++;
        _active.Add(id, lane);
        books.Parked.Activate(id);
        return lane;
    }

    /// <summary>The lane's head has left it: goes on with the next event, or lets the lane flow again.</summary>
    public void AfterHead(ActiveLane lane, long waitForSave)
    {
        var replayed = lane.HeadRow?.Turn > 0;
        DropHead(lane);
        if (books.Parked.RemoveHead(lane.Id, replayed) == 0)
        {
            books.Changes.Add(new StateChange.ClearDue(lane.Id));
            _active.Remove(lane.Id);
            if (waitForSave > 0)
            {
                dispatcher.HoldUntilSaved(lane.Id, waitForSave);
            }

            return;
        }

        if (waitForSave > books.Changes.Saved)
        {
            lane.WaitsForSave = waitForSave;
            _waitingForSave.Add(lane);
            return;
        }

        Load(lane);
    }

    /// <summary>The lane waits until its head is due again.</summary>
    public void Reschedule(ActiveLane lane, DateTimeOffset due)
    {
        DropHead(lane);
        _active.Remove(lane.Id);
        books.Schedule(lane.Id, due);
    }

    public void OnSaved()
    {
        for (var i = _waitingForSave.Count - 1; i >= 0; i--)
        {
            var lane = _waitingForSave[i];
            if (lane.WaitsForSave <= books.Changes.Saved)
            {
                _waitingForSave.RemoveAt(i);
                lane.WaitsForSave = 0;
                Load(lane);
            }
        }
    }

    public void OnRoomMade()
    {
        ActiveLane[] waiting = [.. _waitingForRoom];
        _waitingForRoom.Clear();
        foreach (var lane in waiting)
        {
            Load(lane);
        }
    }

    private void DropHead(ActiveLane lane)
    {
        lane.InFlight = null;
        lane.HeadRow = null;
        if (lane.Head is { } head)
        {
            budget.Return(head.Weight);
            lane.Head = null;
            _heads--;
        }
    }

    private void Load(ActiveLane lane) => _ = LoadAsync(lane, lane.Rows.Count == 0);

    private async Task LoadAsync(ActiveLane lane, bool fetch)
    {
        IReadOnlyList<ParkedEvent> rows = [];
        Event? head = null;
        Exception? failure = null;
        try
        {
            if (fetch)
            {
                rows = await partition.State.ReadLaneAsync(
                    destination.Name, lane.Id, lane.Fetched, DispatcherLimits.LaneRows, CancellationToken.None).ConfigureAwait(false);
            }

            var first = fetch ? rows.Count > 0 ? rows[0] : null : lane.Rows.Peek();
            if (first is not null)
            {
                head = await partition.GetAsync(first.Position, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            failure = exception;
        }

        dispatcher.Post(() => OnLoaded(lane, rows, head, failure));
    }

    private void OnLoaded(ActiveLane lane, IReadOnlyList<ParkedEvent> rows, Event? head, Exception? failure)
    {
        if (failure is not null)
        {
            _active.Remove(lane.Id);
            books.Schedule(lane.Id, dispatcher.OnReadFailed(failure));
            return;
        }

        foreach (var row in rows)
        {
            lane.Rows.Enqueue(row);
            lane.Fetched = row.Place;
        }

        if (lane.Rows.Count == 0)
        {
            // The rest of the lane is among the changes that are not saved yet.
            lane.WaitsForSave = books.Changes.Number;
            _waitingForSave.Add(lane);
            dispatcher.SaveSoon();
            return;
        }

        if (head is null)
        {
            lane.HeadRow = lane.Rows.Dequeue();
            dispatcher.OnBodyMissing(lane);
            return;
        }

        if (!budget.TryTake(head.Weight, force: _heads == 0))
        {
            _waitingForRoom.Add(lane);
            return;
        }

        _heads++;
        lane.Head = head;
        lane.HeadRow = lane.Rows.Dequeue();
        _ready.Enqueue(lane);
    }
}
