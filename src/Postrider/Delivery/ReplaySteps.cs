using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Puts replayed events at the ends of their lanes in the retry store. Inside the pump, and all of a step in one save: no crash replays an event
/// twice or loses one.
/// </summary>
/// <remarks>
/// A replayed event stands behind all that its lane holds: its place is the last position read, and its turn is higher than that of any step
/// before. What is read later stands behind it. So a lane that is being worked on finds it with its next fetch.
/// </remarks>
internal sealed class ReplaySteps(Dispatcher dispatcher, DispatcherBooks books, Intake intake, SlowLanes slow, IEventLog log, DispatcherLimits limits, TimeProvider time)
{
    private ReplayStep? _step;
    private TaskCompletionSource<ReplayStepResult>? _result;
    private string? _obstacle;

    /// <summary>The turn of the last step.</summary>
    public long Turn { get; set; }

    /// <summary>Takes a step in hand: it is done in this round or, where an event's lane cannot be parked now, in one of the next.</summary>
    public Task<ReplayStepResult> Begin(ReplayStep step)
    {
        _step = step;
        _result = new TaskCompletionSource<ReplayStepResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _result.Task;
    }

    /// <summary>Gives up the step in hand, unless it is done.</summary>
    public void Withdraw() => Complete(new ReplayStepResult(null, _obstacle, 0));

    /// <summary>Does the step in hand as far as may be.</summary>
    public void Advance()
    {
        if (_step is not { } step)
        {
            return;
        }

        _obstacle = intake.IsRecovering ? "the destination is still starting"
            : log.HoldParking ? "the storage has no room for more parked events"
            : null;
        if (_obstacle is null && TryTake(step, out var progress))
        {
            books.Changes.Add(new StateChange.Replayed(step.Replay, progress));
            dispatcher.SaveSoon();
            Complete(new ReplayStepResult(progress, _obstacle, books.Changes.Number));
        }
    }

    private void Complete(ReplayStepResult result)
    {
        _result?.TrySetResult(result);
        _result = null;
        _step = null;
        books.Changes.EndWatch();
    }

    private bool TryTake(ReplayStep step, out ReplayProgress progress)
    {
        Turn++;
        var now = time.GetUtcNow();
        var outstanding = books.Progress.FindOutstanding(step.Items.Select(item => item.Position));
        var done = 0;
        var replayed = 0;
        while (done < step.Items.Count && TryTake(step.Items[done], outstanding, now, ref replayed))
        {
            done++;
        }

        var all = done == step.Items.Count;
        var ends = all && step.Ends;
        progress = new ReplayProgress(
            ends ? ReplayState.Done : ReplayState.Running, all ? step.Next : step.Items[done].Position, step.Events + replayed, ends ? now : null);
        return all || done > 0;
    }

    private bool TryTake(ReplayItem item, HashSet<long> outstanding, DateTimeOffset now, ref int replayed)
    {
        if (item.BlockedHead is { } head && books.Parked.IsBlocked(item.Lane))
        {
            // It never left its lane: it is tried again in its place, as if for the first time.
            Exhume(item);
            books.Changes.Add(new StateChange.Park(head with { Attempts = 0, ParkedAt = now }));
            books.Schedule(item.Lane, now);
            replayed++;
            return true;
        }

        if (item.IsParked || (!item.IsLetter && ComesAnyway(item.Position, outstanding)))
        {
            if (item.IsLetter)
            {
                Exhume(item);
            }

            return true;
        }

        if (books.Lanes.Contains(item.Lane) && !slow.TryPark(item.Lane))
        {
            _obstacle = "an attempt of an event's key is under way";
            return false;
        }

        var parked = books.Parked.Contains(item.Lane);
        if (!parked && books.Parked.LaneCount >= limits.ParkedLanes)
        {
            _obstacle = "too many keys are parked";
            return false;
        }

        // Of the log it may be one whose letter was deleted: that is its story no more.
        Exhume(item);
        books.Changes.Add(new StateChange.Park(new ParkedEvent(item.Lane, books.Progress.ReadPosition - 1, item.Position, 0, now, null, null, Turn)));
        books.Parked.Append(item.Lane, 1, now, replayed: true);
        if (!parked)
        {
            // The head of a lane that was parked before keeps its own due time.
            books.Schedule(item.Lane, now);
        }

        replayed++;
        return true;
    }

    // Unread, read and not settled, or changed since the state store was asked: then it was parked or has just ended.
    private bool ComesAnyway(long position, HashSet<long> outstanding) =>
        position >= books.Progress.ReadPosition || outstanding.Contains(position) || books.Changes.Touched(position);

    private void Exhume(ReplayItem item)
    {
        books.Changes.Add(new StateChange.Exhume(item.Position));
        books.DeadLetters -= item.IsLetter ? 1 : 0;
    }
}
