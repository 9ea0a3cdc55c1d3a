using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Slow means park: a lane that fills the buffer while slots are free, or that holds the cursor back by half the window, waits in the retry
/// store instead, due at once and with no attempt counted. So a slow key costs its destination neither memory nor progress.
/// </summary>
internal sealed class SlowLanes(DispatcherBooks books, RetryLanes retries, AttemptStarter starter, DeliveryBudget budget, TimeProvider time)
{
    /// <summary>Parks what stands in the way, if anything does.</summary>
    /// <returns>True: something was parked.</returns>
    public bool MakeRoom()
    {
        var parked = false;
        var progress = books.Progress;
        if (progress.ReadPosition - progress.Cursor > DispatcherLimits.Window / 2
            && books.Lanes.TryFindHolding(progress.Cursor, out var holding))
        {
            parked = TryPark(holding);
        }

        if (books.Lanes.Count >= DispatcherLimits.BufferedEvents && !books.Lanes.HasReady)
        {
            foreach (var lane in books.Lanes.Ids.Where(id => books.Lanes.CountOf(id) > DispatcherLimits.LaneShare).ToList())
            {
                parked |= TryPark(lane);
            }
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
