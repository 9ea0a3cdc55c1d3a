using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Slow means park: lanes that keep memory full while nothing else is ready, or one that holds the cursor back by half the window, wait in the
/// retry store instead, due at once and with no attempt counted. So a slow key costs its destination neither memory nor progress.
/// </summary>
internal sealed class SlowLanes(DispatcherBooks books, RetryLanes retries, AttemptStarter starter, BudgetShare budget, DispatcherLimits limits, TimeProvider time)
{
    // Lanes of moderate length are parked only when none has moved for so long: busy is not slow.
    private static readonly TimeSpan SlowAfter = TimeSpan.FromMilliseconds(200);

    private DateTimeOffset? _fullSince;

    /// <summary>When it must look again, should nothing move until then.</summary>
    public DateTimeOffset? LookAgainAt => _fullSince + SlowAfter;

    /// <summary>Parks what stands in the way, if anything does.</summary>
    /// <param name="full">Reading stopped because memory holds as much as it may.</param>
    /// <param name="now">The time.</param>
    /// <returns>True: something was parked.</returns>
    public bool MakeRoom(bool full, DateTimeOffset now)
    {
        var parked = false;
        var progress = books.Progress;
        if (progress.ReadPosition - progress.Cursor > limits.Window / 2
            && books.Lanes.TryFindHolding(progress.Cursor, out var holding))
        {
            parked = TryPark(holding);
        }

        if (!full || books.Lanes.HasReady)
        {
            _fullSince = null;
            return parked;
        }

        parked |= ParkLongest(moreThan: limits.LaneShare, most: int.MaxValue);
        _fullSince = parked ? null : _fullSince ?? now;
        if (now - _fullSince >= SlowAfter)
        {
            // Many keys of moderate length, or a few large bodies, fill memory as well as one long lane does: the longest makes room.
            parked = ParkLongest(moreThan: 1, most: 1);
            _fullSince = parked ? null : now;
        }

        return parked;
    }

    private bool ParkLongest(int moreThan, int most)
    {
        var parked = 0;
        foreach (var lane in books.Lanes.Ids.Where(id => books.Lanes.CountOf(id) > moreThan).OrderByDescending(books.Lanes.CountOf).ToList())
        {
            if (parked < most && TryPark(lane))
            {
                parked++;
            }
        }

        return parked > 0;
    }

    /// <summary>Moves the lane's waiting events to the retry store. False: not now, it keeps its place.</summary>
    public bool TryPark(LaneId lane)
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
