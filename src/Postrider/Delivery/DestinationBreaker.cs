using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Tells a destination that is down from keys that fail: pure but for the clock it is handed.
/// </summary>
/// <remarks>
/// <code>
///            of the last 20 first attempts 80 % failed, over ≥ 5 keys,
///            or ≥ 3 keys were told Retry-After,
///            or the last 5 were all rejected, over ≥ 3 keys (then: rejecting),
///            or any attempt was told that nobody is let in (then: rejecting)
///   closed ──────────────────────────────────────────────────────────────▶ open
///     ▲                                                                      │ the interval has passed
///     │ the probe works                                                      ▼
///     └────────────────────────────────────────────────────────────────── probing ──▶ open again, twice as long (the probe failed)
/// </code>
/// Only first attempts count, but for the last of these: an event that fails again and again says nothing new of its destination. A failure counts only while no attempt
/// that began later has worked: users that hang to their timeout fail all at once, long after the receiver has proved that it works.
/// </remarks>
internal sealed class DestinationBreaker(TimeProvider time, Func<double> random)
{
    internal const int Window = 20;
    internal const int MinKeys = 5;
    internal const int MinRetryAfterKeys = 3;
    internal const int Rejections = 5;
    internal const int MinRejectedKeys = 3;
    private const double FailingShare = 0.8;
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Queue<Outcome> _recent = new(Window);
    private bool _open;
    private bool _probing;
    private TimeSpan _interval = FirstInterval;
    private DateTimeOffset _until;
    private DateTimeOffset? _asked;
    private long _lastWorkBegan = long.MinValue;

    /// <summary>What someone who waits should be told.</summary>
    public BreakerState State
    {
        get
        {
            lock (_lock)
            {
                return new BreakerState(_open, _open && Rejecting, _open ? Reason : null, _open && !_probing ? _until : null, _open ? _asked : null);
            }
        }
    }

    private bool Rejecting { get; set; }

    private string? Reason { get; set; }

    /// <summary>Asks for an attempt.</summary>
    public BreakerPermit Ask(out DateTimeOffset until)
    {
        lock (_lock)
        {
            until = _until;
            if (!_open)
            {
                return BreakerPermit.Go;
            }

            if (_probing || time.GetUtcNow() < _until)
            {
                until = _probing ? DateTimeOffset.MaxValue : _until;
                return BreakerPermit.Wait;
            }

            _probing = true;
            return BreakerPermit.Probe;
        }
    }

    /// <summary>The receiver asked another process to be left alone until then.</summary>
    /// <returns>True: that is news here.</returns>
    public bool Hold(DateTimeOffset until, string? reason)
    {
        lock (_lock)
        {
            if (until <= time.GetUtcNow() || (_open && until <= _until))
            {
                return false;
            }

            if (!_open)
            {
                (_open, Rejecting, Reason, _interval) = (true, false, reason, FirstInterval);
            }

            _until = until;
            return true;
        }
    }

    /// <summary>The probe found nothing to try, or was cut off: someone else may.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _probing = false;
        }
    }

    /// <summary>The probe taught nothing: the next one waits as long as after a failure.</summary>
    public void Postpone()
    {
        lock (_lock)
        {
            _probing = false;
            _until = time.GetUtcNow() + Jittered(_interval);
        }
    }

    /// <summary>Reports an attempt.</summary>
    /// <param name="lane">Whose it was.</param>
    /// <param name="verdict">How it ended.</param>
    /// <param name="first">It was the event's first.</param>
    /// <param name="probe">It had the permit of a probe.</param>
    /// <param name="began">When it began, as a timestamp of the clock.</param>
    /// <param name="retryAfter">How long the receiver asked to be left alone.</param>
    /// <param name="reason">For people.</param>
    /// <returns>True: the breaker opened or closed, those who wait should look again.</returns>
    public bool Report(LaneId lane, BreakerVerdict verdict, bool first, bool probe, long began, TimeSpan? retryAfter, string? reason)
    {
        lock (_lock)
        {
            if (verdict == BreakerVerdict.Works)
            {
                _lastWorkBegan = Math.Max(_lastWorkBegan, began);
            }

            if (probe)
            {
                _probing = false;
                if (verdict == BreakerVerdict.Works)
                {
                    Close();
                }
                else
                {
                    Reopen(verdict, retryAfter, reason);
                }

                return true;
            }

            if (_open || (verdict != BreakerVerdict.Works && began <= _lastWorkBegan))
            {
                return false;
            }

            var now = time.GetUtcNow();
            if (verdict == BreakerVerdict.Refuses)
            {
                Open(now, isRejecting: true, reason);
                return true;
            }

            if (!first)
            {
                return false;
            }

            if (_recent.Count == Window)
            {
                _recent.Dequeue();
            }

            _recent.Enqueue(new Outcome(lane, verdict, retryAfter is { } wait ? now + wait : null));
            return verdict != BreakerVerdict.Works && TryOpen(now, reason);
        }
    }

    private bool TryOpen(DateTimeOffset now, string? reason)
    {
        var failing = _recent.Where(outcome => outcome.Verdict == BreakerVerdict.Fails).ToList();
        var fails = failing.Count >= _recent.Count * FailingShare && CountLanes(failing) >= MinKeys;
        var held = failing.Where(outcome => outcome.HoldUntil > now).ToList();
        var asksToWait = CountLanes(held) >= MinRetryAfterKeys;
        var last = _recent.TakeLast(Rejections).ToList();
        var rejects = last.Count == Rejections
            && last.TrueForAll(outcome => outcome.Verdict == BreakerVerdict.Rejects)
            && CountLanes(last) >= MinRejectedKeys;
        if (!fails && !asksToWait && !rejects)
        {
            return false;
        }

        Open(now, rejects, reason);
        if (asksToWait && held.Max(outcome => outcome.HoldUntil) is { } hold && hold > _until)
        {
            _until = hold;
            _asked = hold;
        }

        return true;
    }

    private void Open(DateTimeOffset now, bool isRejecting, string? reason)
    {
        _open = true;
        Reason = reason;
        Rejecting = isRejecting;
        _interval = FirstInterval;
        _until = now + Jittered(_interval);
        _asked = null;
    }

    private void Reopen(BreakerVerdict verdict, TimeSpan? retryAfter, string? reason)
    {
        Reason = reason;
        Rejecting = verdict is BreakerVerdict.Rejects or BreakerVerdict.Refuses;
        _interval = _interval * 2 < LongestInterval ? _interval * 2 : LongestInterval;
        var wait = Jittered(_interval);
        _until = time.GetUtcNow() + (retryAfter > wait ? retryAfter.Value : wait);
        _asked = retryAfter > wait ? _until : null;
    }

    private void Close()
    {
        _open = false;
        _asked = null;
        Rejecting = false;
        Reason = null;
        _recent.Clear();
        _interval = FirstInterval;
    }

    private static int CountLanes(IEnumerable<Outcome> outcomes) => outcomes.DistinctBy(outcome => outcome.Lane).Count();

    private TimeSpan Jittered(TimeSpan interval) => interval * (0.9 + (0.2 * random()));

    private readonly record struct Outcome(LaneId Lane, BreakerVerdict Verdict, DateTimeOffset? HoldUntil);
}
