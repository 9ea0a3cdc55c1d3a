using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Events;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// What the result of an attempt means: for the breaker, for the event, for its lane. Every change it makes goes into one save together
/// with the progress that follows from it.
/// </summary>
internal sealed class Settlement(
    Dispatcher dispatcher,
    DispatcherBooks books,
    RetryLanes retries,
    LiveDestination destination,
    BudgetShare budget,
    AttemptCounting counting,
    TimeProvider time,
    Func<double> random)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly List<LaneEvent> _left = [];

    /// <summary>Settles all events of a finished attempt, lane by lane.</summary>
    public void Settle(Attempt attempt)
    {
        if (attempt.CutOff)
        {
            if (attempt.IsProbe)
            {
                AbandonProbe();
            }

            return;
        }

        if (attempt.Failure is { } failure)
        {
            counting.Threw(failure);
        }

        try
        {
            SettleEvents(attempt);
        }
        finally
        {
            counting.KeepFailed();
        }
    }

    /// <summary>A probe was cut off: another dispatcher of the destination, or this one's successor, may make one.</summary>
    public void AbandonProbe()
    {
        destination.Breaker.Abandon();
        destination.WakeAll();
    }

    /// <summary>Keeps an event that can never be delivered, because the log lost its body.</summary>
    public void BuryMissing(ActiveLane lane)
    {
        var row = lane.HeadRow!;
        Bury(LostLetter(row.Position, lane.Id, row.FirstAttempt, row.Attempts));
        books.Changes.Add(new StateChange.Unpark(lane.Id, row.Place));
        retries.AfterHead(lane, books.Changes.Number);
    }

    /// <summary>The same for an event that had not been attempted.</summary>
    public void BuryLost(long position, int handle)
    {
        Bury(LostLetter(position, LaneId.OfPosition(position), null, 0));
        books.Progress.Settle(handle);
    }

    private void SettleEvents(Attempt attempt)
    {
        if (attempt.Parked is { } parked)
        {
            SettleParked(attempt, parked);
            return;
        }

        for (var from = 0; from < attempt.Events.Count;)
        {
            var lane = attempt.Events[from].Lane;
            var to = from + 1;
            while (to < attempt.Events.Count && attempt.Events[to].Lane == lane)
            {
                to++;
            }

            SettleFlowing(attempt, lane, from, to);
            from = to;
        }
    }

    private void SettleFlowing(Attempt attempt, LaneId lane, int from, int to)
    {
        _left.Clear();
        var buried = false;
        var blocked = false;
        DeliveryResult? failed = null;
        EndedAttempt? failure = null;
        for (var i = from; i < to; i++)
        {
            var item = attempt.Events[i];
            var result = Judge(attempt, i, out var outcome);
            books.Lanes.RemoveFirst(lane);
            if (outcome == DeliveryOutcome.Delivered)
            {
                Deliver(item);
            }
            else if (outcome == DeliveryOutcome.Rejected || (outcome == DeliveryOutcome.Retry && GivesUpAtOnce(attempt.Model.Config, result)))
            {
                if (_left.Count > 0)
                {
                    // Its lane waits for one before it: what becomes of this one is decided when its turn comes.
                    _left.Add(item);
                    continue;
                }

                var now = time.GetUtcNow();
                blocked = attempt.Model.Config.OnGiveUp == OnGiveUp.Block;
                Bury(Letter(item.Event, lane, outcome, result, now - attempt.Duration, now, 1) with { Blocking = blocked });
                if (blocked)
                {
                    failed = result;
                    _left.Add(item);
                }
                else
                {
                    Done(item);
                    buried = true;
                }
            }
            else
            {
                if (failed is null && outcome == DeliveryOutcome.Retry)
                {
                    (failed, failure) = (result, counting.LastFailed);
                }

                _left.Add(item);
            }
        }

        if (_left.Count > 0)
        {
            ParkLane(attempt, lane, failed, failure, buried, blocked);
        }
        else if (buried)
        {
            dispatcher.HoldUntilSaved(lane, books.Changes.Number);
        }
        else
        {
            books.Lanes.Release(lane);
        }
    }

    // The first event that is left failed, or was not tried. All that stand behind it follow it into the retry store.
    private void ParkLane(Attempt attempt, LaneId lane, DeliveryResult? failed, EndedAttempt? failure, bool buried, bool blocked)
    {
        var now = time.GetUtcNow();
        var config = attempt.Model.Config;
        var attempts = failed is null ? 0 : 1;
        var error = failed is null ? null : ErrorOf(failed);
        foreach (var item in _left)
        {
            books.Park(lane, item.Event.Position, attempts, now, attempts > 0 ? now - attempt.Duration : null, error);
            Done(item);
            attempts = 0;
            error = null;
        }

        foreach (var item in books.Lanes.Remove(lane))
        {
            books.Park(lane, item.Event.Position, 0, now, null, null);
            Done(item);
        }

        if (blocked)
        {
            books.Schedule(lane, ParkedLane.Blocked);
            return;
        }

        // Behind a dead letter nothing has failed: the lane goes on as soon as the letter is saved.
        var delay = failed is not null ? RetryPolicy.NextDelay(config.Retry, 1, failed.RetryAfter, random())
            : buried ? TimeSpan.Zero
            : NotAttemptedDelay(config);
        books.Schedule(lane, now + delay);
        failure?.NextAttempt = now + delay;
    }

    private void SettleParked(Attempt attempt, ActiveLane lane)
    {
        var row = lane.HeadRow!;
        var head = lane.Head!;
        var result = Judge(attempt, 0, out var outcome);
        var now = time.GetUtcNow();
        var config = attempt.Model.Config;
        var attempts = row.Attempts + 1;
        var firstAttempt = row.FirstAttempt ?? now - attempt.Duration;
        var givesUp = outcome == DeliveryOutcome.Retry
            && MayGiveUp(result)
            && RetryPolicy.GivesUp(config.Retry, attempts, row.ParkedAt, now);
        if (outcome == DeliveryOutcome.Delivered)
        {
            books.Delivered++;
            books.Changes.Add(new StateChange.Unpark(lane.Id, row.Place));
            retries.AfterHead(lane, waitForSave: 0);
        }
        else if (outcome == DeliveryOutcome.Rejected || givesUp)
        {
            var blocks = config.OnGiveUp == OnGiveUp.Block;
            Bury(Letter(head, lane.Id, outcome, result, firstAttempt, now, attempts) with { Blocking = blocks });
            if (blocks)
            {
                books.Changes.Add(new StateChange.Park(row with { Attempts = attempts, FirstAttempt = firstAttempt, LastError = ErrorOf(result) }));
                retries.Reschedule(lane, ParkedLane.Blocked);
            }
            else
            {
                books.Changes.Add(new StateChange.Unpark(lane.Id, row.Place));
                retries.AfterHead(lane, books.Changes.Number);
            }
        }
        else if (outcome == DeliveryOutcome.NotAttempted)
        {
            retries.Reschedule(lane, now + NotAttemptedDelay(config));
        }
        else
        {
            books.Changes.Add(new StateChange.Park(row with { Attempts = attempts, FirstAttempt = firstAttempt, LastError = ErrorOf(result) }));
            var due = now + RetryPolicy.NextDelay(config.Retry, attempts, result.RetryAfter, random());
            retries.Reschedule(lane, due);
            counting.LastFailed?.NextAttempt = due;
        }
    }

    // Reads the result with the destination's own settings, tells the breaker, counts and logs.
    private DeliveryResult Judge(Attempt attempt, int index, out DeliveryOutcome outcome)
    {
        var config = attempt.Model.Config;
        var result = attempt.Results?[index]
            ?? ResultReading.Thrown(attempt.Failure!);
        outcome = ResultReading.OutcomeOf(result, config);
        var probe = attempt.IsProbe && index == 0;
        if (outcome == DeliveryOutcome.NotAttempted)
        {
            if (probe)
            {
                // Nothing was learned: the next probe is due when this one would have been, had it failed.
                destination.Breaker.Postpone();
                destination.WakeAll();
            }

            return result;
        }

        var number = attempt.Batch[index].Attempt;
        var verdict = ResultReading.VerdictOf(result, outcome, config);
        var hold = result.RetryAfter is { } asked ? (asked < config.Retry.Max ? asked : config.Retry.Max) : (TimeSpan?)null;
        var lane = attempt.Events[index].Lane;
        if (destination.Breaker.Report(lane, verdict, number == 1, probe, attempt.Began, hold, ReasonOf(result)))
        {
            dispatcher.OnBreakerChanged(verdict);
        }

        if (ResultReading.Disables(result, config))
        {
            outcome = DeliveryOutcome.Retry;
            dispatcher.Disable($"the receiver answered 410 Gone to {attempt.Events[index].Event.Id}");
        }
        else if (outcome == DeliveryOutcome.Rejected && verdict == BreakerVerdict.Rejects && destination.Breaker.State.Open)
        {
            outcome = DeliveryOutcome.Retry;
        }

        counting.Count(attempt, index, number, result, outcome);
        books.FailedAttempts += outcome == DeliveryOutcome.Delivered ? 0 : 1;
        return result;
    }

    private void Deliver(LaneEvent item)
    {
        books.Delivered++;
        Done(item);
    }

    private void Done(LaneEvent item)
    {
        books.Progress.Settle(item.Handle);
        budget.Return(item.Event.Weight);
    }

    private void Bury(DeadLetter letter)
    {
        books.Changes.Add(new StateChange.Bury(letter));
        books.DeadLetters++;
        dispatcher.SaveSoon();
    }

    // What was not tried has not failed: it only must not spin.
    private TimeSpan NotAttemptedDelay(DestinationConfig config)
    {
        var delay = RetryPolicy.NextDelay(config.Retry, 1, null, random());
        return delay < LongestPause ? delay : LongestPause;
    }

    // An event that is allowed a single attempt never sees the retry store.
    private bool GivesUpAtOnce(DestinationConfig config, DeliveryResult result) => config.Retry.MaxAttempts == 1 && MayGiveUp(result);

    // What fails while the whole destination does says nothing of the event.
    private bool MayGiveUp(DeliveryResult result) =>
        !destination.Breaker.State.Open && destination.Control.DisabledReason is null && !ResultReading.RefusesUs(result);

    private static DeadLetter Letter(
        Event @event, LaneId lane, DeliveryOutcome outcome, DeliveryResult result, DateTimeOffset first, DateTimeOffset now, int attempts) =>
        new(
            @event.Position, lane, @event.Key, @event.Type, outcome == DeliveryOutcome.Rejected ? "rejected" : "gave-up", ErrorOf(result),
            result.Answer, first, now, attempts, now);

    private DeadLetter LostLetter(long position, LaneId lane, DateTimeOffset? firstAttempt, int attempts) =>
        new(
            position, lane, null, null, "corrupt", new AttemptError("corrupt", null, "the log no longer holds the event"), default,
            firstAttempt, null, attempts, time.GetUtcNow());

    private static AttemptError ErrorOf(DeliveryResult result) =>
        new(result.ErrorClass ?? "unknown", result.Status, result.Reason ?? "");

    private static string ReasonOf(DeliveryResult result) => result.Reason ?? result.ErrorClass ?? "failed";
}
