using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Decides what is attempted next, as far as slots, breaker, rate limit, pauses and saves allow.</summary>
internal sealed class AttemptStarter(Dispatcher dispatcher, DispatcherBooks books, RetryLanes retries, LiveDestination destination, CatchUpStanding standing, IPartitionLease lease, TimeProvider time)
{
    // How soon a lease that could not be renewed is asked again.
    private static readonly TimeSpan LeaseLook = TimeSpan.FromMilliseconds(500);

    // An attempt that lasts longer waits for its receiver and takes nothing from anybody.
    private static readonly TimeSpan BusyTime = TimeSpan.FromMilliseconds(10);

    private readonly HashSet<Attempt> _inFlight = [];
    private readonly Stack<Attempt> _idle = new();
    private bool _retryTurn;
    private bool _gathers;
    private DateTimeOffset? _gatherUntil;

    public int InFlight => _inFlight.Count;

    /// <summary>What keeps it from attempting more.</summary>
    public Wait Waits { get; private set; }

    /// <summary>Something could be attempted now.</summary>
    public bool HasReady => retries.HasReady || HasNew;

    /// <summary>Something could be attempted now, or once a batch has gathered.</summary>
    public bool HasWork => retries.HasReady || books.Lanes.HasReady;

    private bool HasNew => books.Lanes.HasReady && !_gathers;

    /// <summary>Whether the log should be read on, and for how many events at the most.</summary>
    public bool MayRead(DateTimeOffset now, out int most)
    {
        most = int.MaxValue;
        if (destination.Control is { Paused: true } or { DisabledReason: not null })
        {
            return false;
        }

        var breaker = destination.Breaker.State;
        if (!breaker.Open)
        {
            return true;
        }

        // An open breaker leaves the backlog in the log; only for a probe that is due is one event read, in turn with those that wait parked.
        most = 1;
        return breaker.Until <= now && books.Lanes.Count == 0 && (destination.LastProbeWasRetry || !retries.HasReadyBesides(destination.LastProbe));
    }

    /// <summary>Starts as many attempts as it may; they are chained in front of <paramref name="starting"/>, to run once the pump is left.</summary>
    /// <returns>When it should be asked again, where it waits for a time.</returns>
    public DateTimeOffset? Start(DateTimeOffset now, bool stalled, ref Attempt? starting)
    {
        Waits = StartWhilePossible(now, stalled, ref starting);

        // A slot that came back may have been meant for this dispatcher: what it has no use for is the next one's.
        if (stalled || !retries.HasReady)
        {
            destination.Slots.Decline(retry: true, dispatcher);
        }

        if (stalled || !HasNew)
        {
            destination.Slots.Decline(retry: false, dispatcher);
        }

        return Waits.Until;
    }

    private Wait StartWhilePossible(DateTimeOffset now, bool stalled, ref Attempt? starting)
    {
        if (destination.Control is { Paused: true } or { DisabledReason: not null })
        {
            return new Wait(WaitReason.Control);
        }

        if (!lease.IsValid)
        {
            return new Wait(WaitReason.Lease, HasWork ? now + LeaseLook : null);
        }

        if (stalled)
        {
            return new Wait(WaitReason.Save);
        }

        if (destination.Breaker.State is { Open: true } breaker && !(breaker.Until <= now))
        {
            return new Wait(WaitReason.Breaker, breaker.Until);
        }

        while (LookForReady(now))
        {
            if (Yields())
            {
                return new Wait(WaitReason.CatchUp, now + BusyTime);
            }

            if (!TryTakeSlot(out var retry))
            {
                return new Wait(WaitReason.Slot);
            }

            var permit = destination.Breaker.Ask(out var until);
            if (permit == BreakerPermit.Wait)
            {
                destination.Slots.Return(retry, dispatcher);
                return new Wait(WaitReason.Breaker, until == DateTimeOffset.MaxValue ? null : until);
            }

            if (!destination.Rate.TryTake(out var retryAt))
            {
                destination.Slots.Return(retry, dispatcher);
                if (permit == BreakerPermit.Probe)
                {
                    destination.Breaker.Abandon();
                }

                return new Wait(WaitReason.RateLimit, retryAt);
            }

            var attempt = Make(retry, permit == BreakerPermit.Probe);
            attempt.Next = starting;
            starting = attempt;
        }

        return _gathers ? new Wait(WaitReason.Batch, _gatherUntil) : default;
    }

    // New events wait for company where their destination asks for it; a probe goes alone.
    private bool LookForReady(DateTimeOffset now)
    {
        var target = destination.Model.Destination;
        if (!books.Lanes.HasReady || target.BatchWait <= TimeSpan.Zero || books.Lanes.ReadyCount >= target.MaxBatch || destination.Breaker.State.Open)
        {
            _gatherUntil = null;
            _gathers = false;
        }
        else
        {
            _gatherUntil ??= now + target.BatchWait;
            _gathers = now < _gatherUntil;
        }

        return HasReady;
    }

    /// <summary>A settled attempt gives back its slot and waits for its next use.</summary>
    public void Return(Attempt attempt)
    {
        _inFlight.Remove(attempt);
        destination.Slots.Return(attempt.HoldsRetrySlot, dispatcher);
        attempt.Model.Leave();
        attempt.Reset();
        _idle.Push(attempt);
    }

    /// <summary>Cuts off all attempts in flight, because the server stops.</summary>
    public int CancelAll()
    {
        foreach (var attempt in _inFlight)
        {
            attempt.Cancel();
        }

        return _inFlight.Count;
    }

    /// <summary>Lets go of the attempts kept for reuse.</summary>
    public void Close()
    {
        while (_idle.TryPop(out var attempt))
        {
            attempt.Dispose();
        }
    }

    /// <summary>The attempt of this lane, when the lane has a single event in flight.</summary>
    public Attempt? FindOnly(LaneId lane)
    {
        foreach (var attempt in _inFlight)
        {
            if (attempt.Events.Count == 1 && attempt.Events[0].Lane == lane)
            {
                return attempt;
            }
        }

        return null;
    }

    public bool IsInFlight(long position) => _inFlight.Any(attempt => attempt.Events.Any(item => item.Event.Position == position));

    // Attempts that hang do not count, or a few slow users would stop all others of a destination that catches up.
    private bool Yields() =>
        _inFlight.Count >= standing.Limit
        && !standing.IsBelowFloor
        && _inFlight.Count(attempt => attempt.Began == 0 || time.GetElapsedTime(attempt.Began) < BusyTime) >= standing.Limit;

    // Retries and new events take turns, each kind within its share of the slots.
    private bool TryTakeSlot(out bool retry)
    {
        _retryTurn = !_retryTurn;
        retry = retries.HasReady && (!HasNew || (_retryTurn && !WantsNew()));
        if (destination.Slots.TryTake(retry))
        {
            return true;
        }

        var other = !retry;
        if ((other ? retries.HasReady : HasNew) && destination.Slots.TryTake(other))
        {
            retry = other;
            return true;
        }

        return destination.Dispatchers.Count > 1 && TryTakeOrWait(out retry);
    }

    // A probe is what is wanted, and the last one was a retry, or the only retry at hand: the new event goes first.
    private bool WantsNew() =>
        destination.Breaker.State.Open && (destination.LastProbeWasRetry || !retries.HasReadyBesides(destination.LastProbe));

    private bool TryTakeOrWait(out bool retry)
    {
        retry = retries.HasReady;
        if (retry && destination.Slots.TryTakeOrWait(retry: true, dispatcher))
        {
            return true;
        }

        retry = false;
        return HasNew && destination.Slots.TryTakeOrWait(retry: false, dispatcher);
    }

    private Attempt Make(bool retry, bool probe)
    {
        var attempt = _idle.TryPop(out var idle) ? idle : new Attempt(dispatcher, time);
        var model = destination.EnterModel() ?? throw new InvalidOperationException("A destination that was removed attempts nothing.");
        attempt.Model = model;
        attempt.IsProbe = probe;
        attempt.HoldsRetrySlot = retry;
        if (probe)
        {
            TakeAnotherKey(retry);
        }

        if (retry)
        {
            TakeRetry(attempt);
        }
        else
        {
            TakeNew(attempt, model.Destination, probe);
        }

        if (probe)
        {
            destination.LastProbe = attempt.Events[0].Lane;
            destination.LastProbeWasRetry = retry;
        }

        _inFlight.Add(attempt);
        standing.Begin(attempt.Events.Count);
        return attempt;
    }

    private void TakeAnotherKey(bool retry)
    {
        if (retry && retries.PeekReady().Id == destination.LastProbe)
        {
            retries.SkipTurn();
        }
        else if (!retry && books.Lanes.TryPeekReady(out var lane) && lane == destination.LastProbe)
        {
            books.Lanes.SkipTurn();
        }
    }

    private void TakeRetry(Attempt attempt)
    {
        var lane = retries.TakeTurn();
        lane.InFlight = attempt;
        attempt.Parked = lane;
        attempt.Events.Add(new LaneEvent(lane.Id, lane.Head!, Handle: -1));
        attempt.Batch.Add(new DeliveryAttempt(lane.Head!, lane.HeadRow!.Attempts + 1));
    }

    private void TakeNew(Attempt attempt, IDestination target, bool probe)
    {
        var room = target.MaxBatchBytes;
        var max = probe ? 1 : target.MaxBatch;
        room -= books.Lanes.TakeTurn(max, room, attempt.Events);
        while (attempt.Events.Count < max && books.Lanes.HasReady && books.Lanes.PeekReadyBytes() <= room)
        {
            room -= books.Lanes.TakeTurn(max - attempt.Events.Count, room, attempt.Events);
        }

        _gatherUntil = null;

        foreach (var item in attempt.Events)
        {
            attempt.Batch.Add(new DeliveryAttempt(item.Event, 1));
        }
    }
}
