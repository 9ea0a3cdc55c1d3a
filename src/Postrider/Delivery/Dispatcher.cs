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
    private readonly LiveDestination _destination;
    private readonly ILogPartition _partition;
    private readonly IEventLog _log;
    private readonly BatchRing _ring;
    private readonly DeliveryBudget _budget;
    private readonly BudgetShare _share;
    private readonly StateSaver _saver;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DispatcherBooks _books;
    private readonly Admission _admission;
    private readonly Intake _intake;
    private readonly RetryLanes _retries;
    private readonly Settlement _settlement;
    private readonly AttemptStarter _starter;
    private readonly SlowLanes _slow;
    private readonly UnsavedWork _unsaved;
    private readonly WakeTimer _timer;
    private readonly Pump _pump;
    private readonly CatchUpStanding _standing;
    private readonly DispatcherGauges _gauges;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopping;
    private bool _closed;

    public Dispatcher(
        LiveDestination destination,
        DestinationRecord record,
        IEventLog log,
        ILogPartition partition,
        BatchRing ring,
        DeliveryBudget budget,
        StateSaver saver,
        AttemptCounting counting,
        TimeProvider time,
        Func<double> random,
        DispatcherLimits limits,
        CatchUpThrottle throttle,
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
        _gauges = new DispatcherGauges(record.Progress.ReadPosition, record.Progress.Cursor);
        _share = new BudgetShare(budget);
        _admission = new Admission(_books, _share, log, partition, limits, time);
        _intake = new Intake(this, _books, partition, ring, destination, _admission, _share, record.Progress.Outstanding);
        _retries = new RetryLanes(this, _books, partition, destination, _share);
        _settlement = new Settlement(this, _books, _retries, destination, _share, counting, time, random);
        _standing = new CatchUpStanding(throttle);
        _starter = new AttemptStarter(this, _books, _retries, destination, _standing, partition.Lease, time);
        _slow = new SlowLanes(_books, _retries, _starter, _share, limits, time);
        Curation = new Curation(this, _books, _intake, _slow, log, limits, time);
        _unsaved = new UnsavedWork(_books);
        _pump = new Pump(this);
        _timer = new WakeTimer(time, Wake);
    }

    public long StartPosition { get; }

    public long ReadPosition => _gauges.ReadPosition;

    /// <summary>Every position below it is settled, as of the last round.</summary>
    public long Cursor => _gauges.Cursor;

    /// <summary>Why it stopped for good; null: it is alive.</summary>
    public string? Fault { get; private set; }

    public string Name => _destination.Name;

    public ILogPartition Partition => _partition;

    /// <summary>Whether an attempt may begin now: nobody else can own the partition.</summary>
    public bool MayAttempt => _partition.Lease.IsValid;

    /// <summary>What operators change in its books.</summary>
    public Curation Curation { get; }

    /// <summary>Events not settled, as of the last round; for gauges.</summary>
    public long Lag => Math.Max(0, _partition.EndPosition - ReadPosition) + _gauges.Outstanding;

    /// <summary>Figures as of the last round.</summary>
    public DispatcherGauges Gauges => _gauges;

    /// <summary>Loads the parked lanes. Nobody else may know of the dispatcher before that: the first round would overtake what is parked.</summary>
    /// <param name="routes">Those in force from its read position on.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    public async Task LoadAsync(RouteTable routes, CancellationToken cancellationToken)
    {
        var latest = _time.GetUtcNow() + _destination.Model.Config.Retry.Max;
        Curation.Load(await LaneLoading.LoadAsync(_books, _partition.State, Name, latest, cancellationToken).ConfigureAwait(false));
        Adopt(routes);
    }

    /// <summary>Begins, once loaded and once its routes are in force in the ring.</summary>
    public void Start()
    {
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

    /// <summary>Asks something inside the pump.</summary>
    public Task<T> AskAsync<T>(Func<T> question) => _pump.AskAsync(question);

    public void OnFinished(Attempt attempt, bool atOnce) => _pump.OnFinished(attempt, atOnce);

    /// <summary>Stops: nothing new is read or attempted; attempts in flight may end until the deadline, then they are cut off. May be called again.</summary>
    /// <returns>How many were cut off.</returns>
    public async Task<int> StopAsync(Task deadline)
    {
        Post(() =>
        {
            _stopping = true;
            Curation.Close();
        });
        await Task.WhenAny(_drained.Task, deadline).ConfigureAwait(false);
        if (_drained.Task.IsCompleted)
        {
            return 0;
        }

        var cut = _pump.AskAsync(_starter.CancelAll);
        using var grace = new CancellationTokenSource();
        await Task.WhenAny(_drained.Task, Task.Delay(DispatcherLimits.CutOffGrace, _time, grace.Token)).ConfigureAwait(false);
        await grace.CancelAsync().ConfigureAwait(false);
        return await cut.ConfigureAwait(false);
    }

    /// <summary>Lets go of what it holds, once stopped and saved.</summary>
    public async ValueTask DisposeAsync()
    {
        _budget.RoomMade -= OnRoomMade;
        _ring.Detach(_destination.Slot);
        Post(() =>
        {
            // From here on it says nothing to the saver: a successor of the same name may be at work.
            _closed = true;
            Curation.Abandon();
            _standing.Take(reads: false, 0);
            _starter.Close();
            _share.Close();
        });
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Hands all that has changed to a save.</summary>
    public Task<DestinationSave> TakeSaveAsync()
    {
        var taken = new TaskCompletionSource<DestinationSave>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pump.PostHere(() => _unsaved.Take(Name, taken));
        return taken.Task;
    }

    /// <summary>The save that was taken last is on stable storage.</summary>
    public void OnSaved() => _pump.PostHere(() =>
    {
        var goesOn = _unsaved.OnSaved();
        _retries.OnSaved();
        Curation.OnSaved();
        return goesOn;
    });

    /// <summary>Saves a pause, a disablement or the end of them.</summary>
    /// <returns>Completes once the change is part of the next save.</returns>
    public Task SaveControlAsync(DestinationControl control) => _pump.AskAsync(() =>
    {
        _books.Changes.Add(new StateChange.Control(control));

        // At once, not at the end of the round: whoever asked flushes next.
        _saver.MarkDirty(this, urgent: true);
        return true;
    });

    public async Task<DispatcherReport> ReportAsync()
    {
        // A dispatcher without events of its own advances only when it is woken: the figures are those after a round.
        await _pump.AskAsync(static () => true).ConfigureAwait(false);
        return await _pump.AskAsync(() => DispatcherReport.Of(_books, _starter, _partition)).ConfigureAwait(false);
    }

    /// <summary>Where memory says an event stands.</summary>
    public Task<PositionReport> FindAsync(long position) => _pump.AskAsync(() => new PositionReport(
        _books.Progress.ReadPosition,
        _books.Progress.IsOutstanding(position),
        _starter.IsInFlight(position),
        _books.Changes.FindParked(position),
        _books.Changes.FindLetter(position),
        _books.Changes.FindRoutes(position),
        _books.Changes.FindGivenUp(position)));

    // ---- what the rooms of the pump ask of it -------------------------------------------------------------------------------------

    public void HoldUntilSaved(LaneId lane, long save) => _unsaved.HoldUntilSaved(lane, save);

    public void SaveSoon() => _unsaved.SaveSoon();

    public void OnBodyMissing(ActiveLane lane) => _settlement.BuryMissing(lane);

    public void BuryLost(long position, int handle) => _settlement.BuryLost(position, handle);

    /// <summary>The log could not be read: for good when it is corrupt, else reading is tried again then.</summary>
    public DateTimeOffset OnReadFailed(Exception exception)
    {
        if (exception is LogCorruptException or NewerEnvelopeException)
        {
            Fail(exception);
        }
        else if (exception is not (LogUnavailableException or GenerationMovedException))
        {
            // Where the storage cannot be asked, the log says so itself; where the generation has moved, a successor takes over.
            Log.ReadFailed(_logger, exception, Name);
        }

        return _time.GetUtcNow() + DispatcherLimits.ReadRetry;
    }

    public void Disable(string reason)
    {
        if (_destination.Control.DisabledReason is not null)
        {
            return;
        }

        var control = new DestinationControl(false, reason);
        _books.Changes.Add(new StateChange.Control(control));
        SaveSoon();
        _destination.Apply(control);
        _destination.Decided(new SharedControl(control, null, null));
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
            if (state.AskedUntil is { } asked)
            {
                _destination.Decided(new SharedControl(null, asked, state.Reason));
            }
        }

        _destination.WakeAll();
    }

    // ---- the pump -----------------------------------------------------------------------------------------------------------------

    void Pump.IWork.Settle(Attempt attempt)
    {
        try
        {
            if (!_closed)
            {
                _unsaved.Touch();
                _settlement.Settle(attempt);
            }
            else if (attempt.IsProbe)
            {
                _settlement.AbandonProbe();
            }
        }
        finally
        {
            _starter.Return(attempt);
        }
    }

    void Pump.IWork.Advance(ref Attempt? starting)
    {
        if (!_stopping && Fault is null)
        {
            Advance(ref starting);
        }

        _gauges.Publish(_books);
        Curation.Publish();
        if (_unsaved.MustTell(out var urgent) && !_closed)
        {
            _saver.MarkDirty(this, urgent);
        }

        if (_stopping && _starter.InFlight == 0)
        {
            _drained.TrySetResult();
        }
    }

    void Pump.IWork.Fail(Exception exception) => Fail(exception);

    private void Advance(ref Attempt? starting)
    {
        var now = _time.GetUtcNow();
        DateTimeOffset? lookAt = null;
        Curation.Advance();
        var reads = _starter.MayRead(now, out var most) && !Curation.HoldsReading;
        _standing.Take(reads && most > 1, _partition.EndPosition - _books.Progress.ReadPosition);
        if (reads)
        {
            _intake.Fill(most, now);
            if (!_log.HoldParking && _slow.MakeRoom(_admission.IsFull, now))
            {
                SaveSoon();
            }

            lookAt = _admission.WaitsForParking ? now + DispatcherLimits.ReadRetry : Later(_slow.LookAgainAt, now);
        }

        _retries.ActivateDue(now);
        var stalled = _saver.IsStalled;
        var wakeAt = _starter.Start(now, stalled, ref starting);

        if (stalled && _starter.HasWork)
        {
            _unsaved.WaitForSaver();
        }

        var at = Earlier(Later(_books.Parked.NextDue, now), Earlier(Later(_intake.RetryAt, now), lookAt));
        _timer.Set(Earlier(wakeAt, at), now);
    }

    private void Adopt(RouteTable routes)
    {
        _intake.Adopt(routes);
        _books.Changes.Add(new StateChange.Route(_books.Progress.ReadPosition, routes.TextOf(Name)));
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
