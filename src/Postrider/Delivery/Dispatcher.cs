using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>
/// Delivers one partition's events to one destination. A pump: one thread at a time runs it and touches its books; all others leave word.
/// It holds no thread, no task and no timer while there is nothing to do.
/// </summary>
/// <remarks>
/// <code>
/// ring / log ──Intake──▶ lanes ──AttemptStarter──▶ attempts ──Settlement──▶ progress, parked lanes, dead letters ──StateSaver──▶ state
///                                     ▲                                          │
///                                     └──────────── RetryLanes ◀─────────────────┘
/// </code>
/// </remarks>
internal sealed partial class Dispatcher : IRingReader, Pump.IWork, IAsyncDisposable
{
    private readonly List<(LaneId Lane, long Save)> _held = [];
    private readonly LiveDestination _destination;
    private readonly ILogPartition _partition;
    private readonly IEventLog _log;
    private readonly BatchRing _ring;
    private readonly DeliveryBudget _budget;
    private readonly StateSaver _saver;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DispatcherBooks _books;
    private readonly Intake _intake;
    private readonly RetryLanes _retries;
    private readonly Settlement _settlement;
    private readonly AttemptStarter _starter;
    private readonly SlowLanes _slow;
    private readonly WakeTimer _timer;
    private readonly Pump _pump;
    private long _readPosition;
    private long _outstanding;
    private long _parkedEvents;
    private long _deadLetters;
    private bool _stopping;
    private bool _dirty;
    private bool _urgent;
    private bool _marked;
    private TaskCompletionSource? _drained;

    public Dispatcher(
        LiveDestination destination,
        DestinationRecord record,
        IEventLog log,
        ILogPartition partition,
        BatchRing ring,
        DeliveryBudget budget,
        StateSaver saver,
        PostriderMetrics metrics,
        TimeProvider time,
        Func<double> random,
        ILogger<Dispatcher> logger)
    {
        _destination = destination;
        _log = log;
        _partition = partition;
        _ring = ring;
        _budget = budget;
        _saver = saver;
        _time = time;
        _logger = logger;
        StartPosition = record.StartPosition;
        _books = new DispatcherBooks(record.Progress, record.Counters) { DeadLetters = record.DeadLetters };
        _readPosition = record.Progress.ReadPosition;
        _intake = new Intake(this, _books, partition, ring, destination, budget, record.Progress.Outstanding);
        _retries = new RetryLanes(this, _books, partition, destination, budget);
        _settlement = new Settlement(this, _books, _retries, destination, budget, metrics, time, random, logger);
        _starter = new AttemptStarter(this, _books, _retries, destination, time);
        _slow = new SlowLanes(_books, _retries, _starter, budget, time);
        _pump = new Pump(this);
        _timer = new WakeTimer(time, Wake);
    }

    public long StartPosition { get; }

    public long ReadPosition => Volatile.Read(ref _readPosition);

    /// <summary>Why it stopped for good; null: it is alive.</summary>
    public string? Fault { get; private set; }

    public string Name => _destination.Name;

    /// <summary>Events not settled, as of the last round; for gauges.</summary>
    public long Lag => Math.Max(0, _partition.EndPosition - ReadPosition) + Volatile.Read(ref _outstanding);

    public long ParkedEvents => Volatile.Read(ref _parkedEvents);

    public long DeadLetters => Volatile.Read(ref _deadLetters);

    /// <summary>Loads the parked lanes and begins. The routes are those in force from here on.</summary>
    public async Task StartAsync(RouteTable routes, CancellationToken cancellationToken)
    {
        var counts = await _partition.State.CountLanesAsync(Name, cancellationToken).ConfigureAwait(false);
        var due = await _partition.State.ReadDueAsync(Name, int.MaxValue, cancellationToken).ConfigureAwait(false);
        var dueByLane = due.ToDictionary(lane => lane.Lane, lane => lane.Due);
        var latest = _time.GetUtcNow() + _destination.Model.Config.Retry.Max;
        foreach (var (lane, count) in counts)
        {
            _books.Parked.Append(lane, count);

            // A clock that was set back must not keep a lane waiting for years.
            var at = dueByLane.GetValueOrDefault(lane, DateTimeOffset.MinValue);
            _books.Parked.Schedule(lane, at < latest ? at : latest, headSave: 0);
        }

        Post(() => Adopt(routes));
        _ring.Attach(_destination.Slot, this);
        _budget.RoomMade += OnRoomMade;
        Wake();
    }

    /// <summary>New routes are in force, or the destination was reloaded.</summary>
    public void Reroute(RouteTable routes) => Post(() => Adopt(routes));

    /// <summary>There is something new.</summary>
    public void Wake() => _pump.Wake();

    /// <summary>Runs an action inside the pump.</summary>
    public void Post(Action action) => _pump.Post(action);

    public void OnFinished(Attempt attempt, bool atOnce) => _pump.OnFinished(attempt, atOnce);

    /// <summary>Stops: nothing new is read or attempted; attempts in flight may end until the deadline, then they are cut off.</summary>
    /// <returns>How many were cut off.</returns>
    public async Task<int> StopAsync(Task deadline)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            _stopping = true;
            _drained = drained;
        });
        await Task.WhenAny(drained.Task, deadline).ConfigureAwait(false);
        var cut = 0;
        if (!drained.Task.IsCompleted)
        {
            Post(() => cut = _starter.CancelAll());
            await drained.Task.ConfigureAwait(false);
        }

        return cut;
    }

    /// <summary>Lets go of what it holds, once stopped and saved.</summary>
    public async ValueTask DisposeAsync()
    {
        _budget.RoomMade -= OnRoomMade;
        _ring.Detach(_destination.Slot);
        Post(_starter.Close);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Hands all that has changed to a save.</summary>
    public Task<DestinationSave> TakeSaveAsync() => _pump.AskAsync(() =>
    {
        _dirty = false;
        _marked = false;
        return new DestinationSave(Name) { Progress = _books.Progress.Snapshot(), Counters = _books.Counters, Changes = _books.Changes.Take() };
    });

    /// <summary>The save that was taken last is on stable storage.</summary>
    public void OnSaved() => Post(() =>
    {
        _books.Changes.MarkSaved();
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            if (_held[i].Save <= _books.Changes.Saved)
            {
                _books.Lanes.Release(_held[i].Lane);
                _held.RemoveAt(i);
            }
        }

        _retries.OnSaved();
    });

    /// <summary>Saves a pause, a disablement or the end of them.</summary>
    /// <returns>Completes once the change is part of the next save.</returns>
    public Task SaveControlAsync(DestinationControl control) => _pump.AskAsync(() =>
    {
        _books.Changes.Add(new StateChange.Control(control));
        _saver.MarkDirty(this, urgent: true);
        return true;
    });

    public Task<DispatcherReport> ReportAsync() => _pump.AskAsync(() => new DispatcherReport(
        Math.Max(0, _partition.EndPosition - _books.Progress.ReadPosition) + _books.Progress.OutstandingCount,
        _books.Progress.Cursor,
        _starter.InFlight,
        _books.Parked.LaneCount,
        _books.Parked.EventCount,
        _books.DeadLetters,
        _books.Delivered,
        _books.FailedAttempts));

    /// <summary>Where memory says an event stands.</summary>
    public Task<PositionReport> FindAsync(long position) => _pump.AskAsync(() => new PositionReport(
        _books.Progress.ReadPosition,
        _books.Progress.IsOutstanding(position),
        _starter.IsInFlight(position),
        _books.Changes.Find(position)));

    // ---- what the rooms of the pump ask of it -------------------------------------------------------------------------------------

    /// <summary>Whether an event may be admitted now.</summary>
    public bool HasRoom(Event @event)
    {
        var window = @event.Position - _books.Progress.Cursor;
        if (_books.Lanes.Count >= DispatcherLimits.BufferedEvents || window >= DispatcherLimits.Window
            || _books.Changes.Count >= DispatcherLimits.PendingChanges)
        {
            return false;
        }

        return !_books.Parked.Contains(LaneOf(@event))
            ? _books.Parked.LaneCount < DispatcherLimits.ParkedLanes
            : !_log.HoldParking;
    }

    /// <summary>Takes the event's bytes from the budget.</summary>
    public bool Charge(Event @event) => _budget.TryTake(@event.Weight, force: _books.Lanes.Count == 0);

    /// <summary>Puts an event that was read into its lane.</summary>
    public void Admit(Event @event, bool charged)
    {
        var lane = LaneOf(@event);
        if (_books.Parked.Contains(lane))
        {
            _books.Park(lane, @event.Position, 0, _time.GetUtcNow(), null, null);
            _books.Progress.Read(@event.Position + 1);
            if (charged)
            {
                _budget.Return(@event.Weight);
            }

            _dirty = true;
            return;
        }

        _books.Lanes.Add(lane, @event, _books.Progress.Add(@event.Position));
    }

    /// <summary>Puts back an event that was outstanding when the process last stopped.</summary>
    public void AdmitRecovered(Event @event, int handle)
    {
        var lane = LaneOf(@event);
        if (_books.Parked.Contains(lane))
        {
            _books.Park(lane, @event.Position, 0, _time.GetUtcNow(), null, null);
            _books.Progress.Settle(handle);
            _budget.Return(@event.Weight);
            return;
        }

        _books.Lanes.Add(lane, @event, handle);
    }

    public void HoldUntilSaved(LaneId lane, long save)
    {
        _books.Lanes.Hold(lane);
        _held.Add((lane, save));
    }

    public void SaveSoon()
    {
        _dirty = true;
        _urgent = true;
    }

    public void OnBodyMissing(ActiveLane lane) => _settlement.BuryMissing(lane);

    public void BuryLost(long position, int handle) => _settlement.BuryLost(position, handle);

    /// <summary>The log could not be read: for good when it is corrupt, else reading is tried again then.</summary>
    public DateTimeOffset OnReadFailed(Exception exception)
    {
        if (exception is LogCorruptException or NewerEnvelopeException)
        {
            Fail(exception);
        }
        else
        {
            Log.ReadFailed(_logger, exception, Name);
        }

        return _time.GetUtcNow() + DispatcherLimits.ReadRetry;
    }

    public void Disable(string reason)
    {
        var control = new DestinationControl(false, reason);
        _books.Changes.Add(new StateChange.Control(control));
        SaveSoon();
        _destination.Apply(control);
        Log.Disabled(_logger, Name, reason);
    }

    public void OnBreakerChanged(BreakerVerdict verdict)
    {
        if (verdict == BreakerVerdict.Works)
        {
            Log.BreakerClosed(_logger, Name);
        }
        else
        {
            var state = _destination.Breaker.State;
            Log.BreakerOpened(_logger, Name, state.Rejecting ? "rejects everything" : "fails", state.Reason, state.Until);
        }

        _destination.WakeAll();
    }

    // ---- the pump -----------------------------------------------------------------------------------------------------------------

    private static LaneId LaneOf(Event @event) => @event.IsKeyed ? LaneId.OfKey(@event.KeyHash) : LaneId.OfPosition(@event.Position);

    void Pump.IWork.Settle(Attempt attempt)
    {
        _dirty = true;
        _settlement.Settle(attempt);
        _starter.Return(attempt);
    }

    void Pump.IWork.Advance(ref Attempt? starting)
    {
        if (!_stopping && Fault is null)
        {
            Advance(ref starting);
        }

        Publish();
        if (_dirty && (_urgent || !_marked))
        {
            _marked = true;
            _saver.MarkDirty(this, _urgent);
            _urgent = false;
        }

        if (_starter.InFlight == 0 && _drained is { } drained)
        {
            drained.TrySetResult();
        }
    }

    private void Publish()
    {
        Volatile.Write(ref _readPosition, _books.Progress.ReadPosition);
        Volatile.Write(ref _outstanding, _books.Progress.OutstandingCount);
        Volatile.Write(ref _parkedEvents, _books.Parked.EventCount);
        Volatile.Write(ref _deadLetters, _books.DeadLetters);
    }

    void Pump.IWork.Fail(Exception exception) => Fail(exception);

    private void Advance(ref Attempt? starting)
    {
        var now = _time.GetUtcNow();
        var read = _books.Progress.ReadPosition;
        if (_starter.MayRead(now, out var most))
        {
            _intake.Fill(most, now);
            if (!_log.HoldParking && _slow.MakeRoom())
            {
                SaveSoon();
            }
        }

        _retries.ActivateDue(now);
        var wakeAt = _starter.Start(now, _saver.IsStalled, ref starting);
        _dirty |= _books.Progress.ReadPosition != read;
        _timer.Set(Earlier(wakeAt, Earlier(Later(_books.Parked.NextDue, now), _intake.RetryAt)), now);
    }

    private void Adopt(RouteTable routes)
    {
        _intake.Adopt(routes);
        _books.Changes.Add(new StateChange.Route(_books.Progress.ReadPosition, routes.TextOf(Name)));
        _dirty = true;
    }

    private void OnRoomMade() => Post(_retries.OnRoomMade);

    // A lane that is due already and was not taken waits for something else than time.
    private static DateTimeOffset? Later(DateTimeOffset? at, DateTimeOffset now) => at > now ? at : null;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;

    private void Fail(Exception exception)
    {
        Fault ??= $"destination {Name}, partition {_partition.Number}: {exception.Message}";
        Log.DispatcherFailed(_logger, exception, Name, _partition.Number);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.ReadFailed, LogLevel.Error, "The log could not be read for {Destination}; reading is tried again in a second.")]
        public static partial void ReadFailed(ILogger logger, Exception exception, string destination);

        [LoggerMessage(LogEvents.DestinationDisabled, LogLevel.Error, "Destination {Destination} is disabled: {Reason}. Its backlog is kept; resume it when its receiver is back.")]
        public static partial void Disabled(ILogger logger, string destination, string reason);

        [LoggerMessage(LogEvents.BreakerOpened, LogLevel.Warning, "Destination {Destination} {What}: {Reason}. Its events wait in the log; next try at {Until:u}.")]
        public static partial void BreakerOpened(ILogger logger, string destination, string what, string? reason, DateTimeOffset? until);

        [LoggerMessage(LogEvents.BreakerClosed, LogLevel.Information, "Destination {Destination} works again.")]
        public static partial void BreakerClosed(ILogger logger, string destination);

        [LoggerMessage(LogEvents.DispatcherFailed, LogLevel.Critical, "Delivery to {Destination} from partition {Partition} has stopped; readiness is false.")]
        public static partial void DispatcherFailed(ILogger logger, Exception exception, string destination, int partition);
    }
}
