using Postrider.Destinations;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Decides what is attempted next, as far as slots, breaker, rate limit, pauses and saves allow.</summary>
internal sealed class AttemptStarter(Dispatcher dispatcher, DispatcherBooks books, RetryLanes retries, LiveDestination destination, CatchUpStanding standing, TimeProvider time)
{
    // An attempt that lasts longer waits for its receiver and takes nothing from anybody.
    private static readonly TimeSpan BusyTime = TimeSpan.FromMilliseconds(50);

    private readonly HashSet<Attempt> _inFlight = [];
    private readonly Stack<Attempt> _idle = new();
    private bool _retryTurn;

    public int InFlight => _inFlight.Count;

    /// <summary>Something could be attempted now.</summary>
    public bool HasReady => retries.HasReady || books.Lanes.HasReady;

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

        // An open breaker leaves the backlog in the log; only when a probe is due and nothing is at hand is one event read for it.
        most = 1;
        return breaker.Until <= now && books.Lanes.Count == 0 && !retries.HasReadyBesides(destination.LastProbe);
    }

    /// <summary>Starts as many attempts as it may; they are chained in front of <paramref name="starting"/>, to run once the pump is left.</summary>
    /// <returns>When it should be asked again, where it waits for a time.</returns>
    public DateTimeOffset? Start(DateTimeOffset now, bool stalled, ref Attempt? starting)
    {
        var wakeAt = StartWhilePossible(now, stalled, ref starting);

        // A slot that came back may have been meant for this dispatcher: what it has no use for is the next one's.
        if (stalled || !retries.HasReady)
        {
            destination.Slots.Decline(retry: true, dispatcher);
        }

        if (stalled || !books.Lanes.HasReady)
        {
            destination.Slots.Decline(retry: false, dispatcher);
        }

        return wakeAt;
    }

    private DateTimeOffset? StartWhilePossible(DateTimeOffset now, bool stalled, ref Attempt? starting)
    {
        if (stalled || destination.Control is { Paused: true } or { DisabledReason: not null })
        {
            return null;
        }

        if (destination.Breaker.State is { Open: true } breaker && !(breaker.Until <= now))
        {
            return breaker.Until;
        }

        while (HasReady)
        {
            if (Yields())
            {
                return now + BusyTime;
            }

            if (!TryTakeSlot(out var retry))
            {
                return null;
            }

            var permit = destination.Breaker.Ask(out var until);
            if (permit == BreakerPermit.Wait)
            {
                destination.Slots.Return(retry, dispatcher);
                return until == DateTimeOffset.MaxValue ? null : until;
            }

            if (!destination.Rate.TryTake(out var retryAt))
            {
                destination.Slots.Return(retry, dispatcher);
                if (permit == BreakerPermit.Probe)
                {
                    destination.Breaker.Abandon();
                }

                return retryAt;
            }

            var attempt = Make(retry, permit == BreakerPermit.Probe);
            attempt.Next = starting;
            starting = attempt;
        }

        return null;
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
        && _inFlight.Count(attempt => attempt.Began == 0 || time.GetElapsedTime(attempt.Began) < BusyTime) >= standing.Limit;

    // Retries and new events take turns, each kind within its share of the slots.
    private bool TryTakeSlot(out bool retry)
    {
        _retryTurn = !_retryTurn;
        retry = retries.HasReady && (!books.Lanes.HasReady || (_retryTurn && !OnlyLastProbe()));
        if (destination.Slots.TryTake(retry))
        {
            return true;
        }

        var other = !retry;
        if ((other ? retries.HasReady : books.Lanes.HasReady) && destination.Slots.TryTake(other))
        {
            retry = other;
            return true;
        }

        return destination.Dispatchers.Count > 1 && TryTakeOrWait(out retry);
    }

    // The only retry at hand was the last probe, and a probe is what is wanted: the new event goes first.
    private bool OnlyLastProbe() => destination.Breaker.State.Open && !retries.HasReadyBesides(destination.LastProbe);

    private bool TryTakeOrWait(out bool retry)
    {
        retry = retries.HasReady;
        if (retry && destination.Slots.TryTakeOrWait(retry: true, dispatcher))
        {
            return true;
        }

        retry = false;
        return books.Lanes.HasReady && destination.Slots.TryTakeOrWait(retry: false, dispatcher);
    }

    private Attempt Make(bool retry, bool probe)
    {
        var attempt = _idle.TryPop(out var idle) ? idle : new Attempt(dispatcher, time);
        var model = destination.EnterModel();
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
            TakeNew(attempt, probe ? 1 : model.Destination.MaxBatch);
        }

        if (probe)
        {
            destination.LastProbe = attempt.Events[0].Lane;
        }

        _inFlight.Add(attempt);
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

    private void TakeNew(Attempt attempt, int max)
    {
        books.Lanes.TakeTurn(max, attempt.Events);
        while (attempt.Events.Count < max && books.Lanes.HasReady && destination.Rate.TryTake(out _))
        {
            books.Lanes.TakeTurn(max - attempt.Events.Count, attempt.Events);
        }

        foreach (var item in attempt.Events)
        {
            attempt.Batch.Add(new DeliveryAttempt(item.Event, 1));
        }
    }
}
