using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>
/// Brings a dispatcher its events, in order: first those that were outstanding when the process last stopped, then what its read position finds
/// in the ring, or behind the ring in the log. It pulls; nobody pushes, so there is no hand-over to get wrong.
/// </summary>
internal sealed class Intake(
    Dispatcher dispatcher,
    DispatcherBooks books,
    ILogPartition partition,
    BatchRing ring,
    LiveDestination destination,
    Admission admission,
    BudgetShare budget,
    IReadOnlyList<long> outstanding)
{
    private readonly Queue<Event> _ahead = new();
    private readonly List<Event> _pulled = [];
    private readonly Queue<(long Position, int Handle)> _recovering =
        new(outstanding.Select(position => (position, books.Progress.AddRecovered(position))));

    private RouteTable _routes = null!;
    private long _aheadEnd;
    private bool _reading;
    private bool _recoveryUnderWay;
    private DateTimeOffset _notBefore;

    /// <summary>When reading may be tried again after a failure.</summary>
    public DateTimeOffset? RetryAt => _notBefore == default ? null : _notBefore;

    /// <summary>What was outstanding when the process last stopped is not all back in its lanes.</summary>
    public bool IsRecovering => _recovering.Count > 0 || _recoveryUnderWay;

    /// <summary>Takes routes into force from the read position on: what was read ahead by the old ones is read again.</summary>
    public void Adopt(RouteTable routes)
    {
        _routes = routes;
        ForgetAhead();
    }

    /// <summary>Passes over all that is unread below the position.</summary>
    public void SkipTo(long position)
    {
        ForgetAhead();
        books.Progress.Read(position);
    }

    /// <summary>Admits events until a bound is reached, the end is, or a read is under way.</summary>
    /// <param name="most">At most so many: a probe needs one.</param>
    /// <param name="now">The time.</param>
    public void Fill(int most, DateTimeOffset now)
    {
        if (_reading || now < _notBefore)
        {
            return;
        }

        _notBefore = default;
        admission.Begin();
        while (most > 0 && !_reading)
        {
            if (_recovering.Count > 0)
            {
                BeginRecoveryRead();
            }
            else if (_ahead.Count > 0)
            {
                if (!AdmitAhead(ref most))
                {
                    return;
                }
            }
            else if (books.Progress.ReadPosition < _aheadEnd)
            {
                books.Progress.Read(_aheadEnd);
            }
            else if (!TryPull(ref most))
            {
                return;
            }
        }
    }

    private void ForgetAhead()
    {
        while (_ahead.TryDequeue(out var @event))
        {
            budget.Return(@event.Weight);
        }

        _aheadEnd = 0;
    }

    /// <summary>A read behind the ring has ended.</summary>
    private void OnRead(IReadOnlyList<Event> events, long charged)
    {
        _reading = false;
        var kept = 0L;
        foreach (var @event in events)
        {
            // A skip may have passed over it while it was read.
            if (@event.Position >= books.Progress.ReadPosition && _routes.Route(@event).Contains(destination.Slot))
            {
                _ahead.Enqueue(@event);
                kept += @event.Weight;
            }
        }

        if (events.Count > 0)
        {
            _aheadEnd = events[^1].Position + 1;
        }

        if (kept > charged)
        {
            budget.TryTake(kept - charged, force: true);
        }
        else
        {
            budget.Return(charged - kept);
        }
    }

    private bool AdmitAhead(ref int most)
    {
        var next = _ahead.Peek();
        if (!admission.HasRoom(next))
        {
            return false;
        }

        admission.Admit(_ahead.Dequeue());
        most--;
        return true;
    }

    private bool TryPull(ref int most)
    {
        var from = books.Progress.ReadPosition;
        if (from >= partition.EndPosition || !admission.HasRoom())
        {
            return false;
        }

        _pulled.Clear();
        var next = ring.Pull(destination.Slot, _routes, from, Math.Min(Math.Min(most, admission.Room), DispatcherLimits.PullEvents), _pulled);
        foreach (var @event in _pulled)
        {
            if (!admission.HasRoom(@event) || !admission.TryCharge(@event.Weight))
            {
                return false;
            }

            admission.Admit(@event);
            most--;
        }

        if (next > from)
        {
            books.Progress.Read(next);
            return true;
        }

        return BeginRead(from);
    }

    private bool BeginRead(long from)
    {
        // A dispatcher with nothing in hand may always read a little, lest a full budget stop it for ever.
        var bytes = DispatcherLimits.ReadBytes;
        if (!budget.TryTake(bytes, force: false))
        {
            bytes = DispatcherLimits.SmallReadBytes;
            if (!admission.TryCharge(bytes))
            {
                return false;
            }
        }

        _reading = true;
        _ = ReadAsync(from, Math.Min(ring.First, partition.EndPosition), bytes);
        return true;
    }

    private async Task ReadAsync(long from, long before, int bytes)
    {
        try
        {
            // Reads come from the page cache or the disk: never on the pump's own thread.
            await Task.Yield();
            var events = await partition.ReadAsync(from, Math.Max(before, from + 1), bytes, CancellationToken.None).ConfigureAwait(false);
            dispatcher.Post(() => OnRead(events, bytes));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            dispatcher.Post(() => OnReadFailed(exception, bytes));
        }
    }

    private void OnReadFailed(Exception exception, int charged)
    {
        _reading = false;
        budget.Return(charged);
        _notBefore = dispatcher.OnReadFailed(exception);
    }

    private void BeginRecoveryRead()
    {
        _reading = true;
        _recoveryUnderWay = true;
        var wanted = new List<(long Position, int Handle)>();
        while (wanted.Count < DispatcherLimits.LaneRows && _recovering.TryDequeue(out var next))
        {
            wanted.Add(next);
        }

        _ = RecoverAsync(wanted);
    }

    private async Task RecoverAsync(List<(long Position, int Handle)> wanted)
    {
        try
        {
            await Task.Yield();
            var events = new List<(Event? Event, long Position, int Handle)>(wanted.Count);
            foreach (var (position, handle) in wanted)
            {
                events.Add((await partition.GetAsync(position, CancellationToken.None).ConfigureAwait(false), position, handle));
            }

            dispatcher.Post(() =>
            {
                _reading = false;
                _recoveryUnderWay = false;
                foreach (var (@event, position, handle) in events)
                {
                    Recover(@event, position, handle);
                }
            });
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            dispatcher.Post(() =>
            {
                // Keeps their order: what failed is asked for again before anything behind it.
                _recoveryUnderWay = false;
                var behind = _recovering.ToArray();
                _recovering.Clear();
                foreach (var item in wanted.Concat(behind))
                {
                    _recovering.Enqueue(item);
                }

                OnReadFailed(exception, 0);
            });
        }
    }

    private void Recover(Event? @event, long position, int handle)
    {
        if (@event is null)
        {
            dispatcher.BuryLost(position, handle);
            return;
        }

        if (!_routes.Route(@event).Contains(destination.Slot))
        {
            books.Progress.Settle(handle);
            return;
        }

        admission.AdmitRecovered(@event, handle);
    }
}
