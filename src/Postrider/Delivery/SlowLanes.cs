using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Slow means park: lanes that fill the buffer while slots are free, or one that holds the cursor back by half the window, wait in the retry
/// store instead, due at once and with no attempt counted. So a slow key costs its destination neither memory nor progress.
/// </summary>
internal sealed class SlowLanes(DispatcherBooks books, RetryLanes retries, AttemptStarter starter, BudgetShare budget, DispatcherLimits limits, TimeProvider time)
{
    /// <summary>Parks what stands in the way, if anything does.</summary>
    /// <param name="full">Reading stopped because memory holds as much as it may.</param>
    /// <returns>True: something was parked.</returns>
    public bool MakeRoom(bool full)
    {
        var parked = false;
        var progress = books.Progress;
        if (progress.ReadPosition - progress.Cursor > limits.Window / 2
            && books.Lanes.TryFindHolding(progress.Cursor, out var holding))
        {
            parked = TryPark(holding);
        }

        if (full && !books.Lanes.HasReady)
        {
            parked |= ParkLongest();
        }

        return parked;
    }

    // Many keys of moderate length, or a few large bodies, fill memory as well as one long lane does: then the longest makes room.
    private bool ParkLongest()
    {
        var parked = false;
        var longest = books.Lanes.Ids.Where(id => books.Lanes.CountOf(id) > 1).OrderByDescending(books.Lanes.CountOf).ToList();
        foreach (var lane in longest)
        {
            if (parked && books.Lanes.CountOf(lane) <= limits.LaneShare)
            {
                break;
            }

            parked |= TryPark(lane);
        }

        return parked;
    }

    private bool TryPark(LaneId lane)
    {
        var inFlight = books.Lanes.IsInFlight(lane);
        var attempt = inFlight ? starter.FindOnly(lane) : null;
        if (books.Lanes.IsHeld(lane) || (inFlight && attempt is null))
        {
            // A dead letter is being saved, or a batch is under way: the lane keeps its place until that is over.
            return false;
        }

        var now = time.GetUtcNow();
        foreach (var item in books.Lanes.Remove(lane))
        {
            books.Park(lane, item.Event.Position, 0, now, null, null);
            books.Progress.Settle(item.Handle);
            if (attempt is { Parked: null })
            {
                // Its attempt goes on; its result will find it in the retry store.
                var row = new ParkedEvent(lane, item.Event.Position, item.Event.Position, 0, now, null, null);
                attempt.Parked = retries.Adopt(lane, row, item.Event, attempt);
            }
            else
            {
                budget.Return(item.Event.Weight);
            }
        }

        if (attempt is null)
        {
            books.Schedule(lane, now);
        }
        else
        {
            books.Changes.Add(new StateChange.SetDue(lane, now));
        }

        return true;
    }
}
