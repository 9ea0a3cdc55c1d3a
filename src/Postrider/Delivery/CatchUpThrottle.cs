namespace Postrider.Delivery;

/// <summary>
/// Keeps a destination that catches up with a backlog from taking the machine away from those that are up to date: a dispatcher that is far
/// behind has so many attempts in flight as the thread pool can run without letting others wait.
/// </summary>
/// <remarks>
/// The idea is LEDBAT's (RFC 6817): background traffic that watches the delay it causes, and yields. Here the delay is that of the thread
/// pool's queue, sampled every few milliseconds while someone catches up. Above the target the limit shrinks by two fifths, below it grows by
/// a quarter of an attempt; it never falls below one. With 200 µs and a tenth the others' p99 rose to 2.3 times what it was. Where all are behind there is nobody to protect, and no limit.
/// A busy neighbour on the machine causes that delay as well. So there is a floor: those behind may always begin twice as many events as those
/// up to date just did, or they would never catch up, and two thousand a second; and as many as they can while those up to date begin none.
/// </remarks>
internal sealed class CatchUpThrottle(TimeProvider time) : IAsyncDisposable
{
    /// <summary>The highest limit.</summary>
    public const int Most = 1024;

    private const double Least = 1;
    private const double Shrink = 0.6;
    private const double Growth = 0.25;
    private static readonly TimeSpan Target = TimeSpan.FromMicroseconds(60);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    // The floor counts in windows of a tenth of a second.
    private const int SamplesInWindow = 20;
    private const int FloorInWindow = 200;
    private const int FloorFactor = 2;

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _behind;
    private int _upToDate;
    private double _limit = Least;
    private bool _isActive;
    private int _samples;
    private int _floorLeft;
    private int _begunUpToDate;

    /// <summary>Attempts that a dispatcher far behind may have in flight now.</summary>
    public int Limit => Volatile.Read(ref _isActive) ? (int)Volatile.Read(ref _limit) : int.MaxValue;

    /// <summary>Those behind have begun less than is theirs whatever the delay.</summary>
    public bool IsBelowFloor => Volatile.Read(ref _floorLeft) > 0;

    /// <summary>Attempts of so many events begin.</summary>
    public void Begin(bool behind, int events)
    {
        if (Volatile.Read(ref _isActive))
        {
            Interlocked.Add(ref behind ? ref _floorLeft : ref _begunUpToDate, behind ? -events : events);
        }
    }

    /// <summary>A dispatcher begins, ends, falls behind or has caught up.</summary>
    public void Count(int behind, int upToDate)
    {
        lock (_lock)
        {
            _behind += behind;
            _upToDate += upToDate;
            var active = _behind > 0 && _upToDate > 0;
            if (active == _isActive)
            {
                return;
            }

            Volatile.Write(ref _limit, Least);
            (_samples, _floorLeft, _begunUpToDate) = (0, FloorInWindow, 0);
            Volatile.Write(ref _isActive, active);
            _timer ??= time.CreateTimer(static state => ((CatchUpThrottle)state!).Sample(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            var period = active ? Period : Timeout.InfiniteTimeSpan;
            _timer.Change(period, period);
        }
    }

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Follows the delay that was measured.</summary>
    internal void Observe(TimeSpan delay)
    {
        lock (_lock)
        {
            var limit = delay > Target ? _limit * Shrink : _limit + Growth;
            Volatile.Write(ref _limit, Math.Clamp(limit, Least, Most));
        }
    }

    /// <summary>A tenth of a second has passed.</summary>
    internal void BeginWindow()
    {
        var begun = Interlocked.Exchange(ref _begunUpToDate, 0);
        Interlocked.Exchange(ref _floorLeft, begun == 0 ? int.MaxValue : Math.Max(FloorInWindow, FloorFactor * begun));
    }

    private void Sample()
    {
        if (++_samples % SamplesInWindow == 0)
        {
            BeginWindow();
        }

        var queued = time.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(
            static sample => sample.Throttle.Observe(sample.Throttle.ElapsedSince(sample.Queued)), (Throttle: this, Queued: queued), preferLocal: false);
    }

    private TimeSpan ElapsedSince(long timestamp) => time.GetElapsedTime(timestamp);
}
