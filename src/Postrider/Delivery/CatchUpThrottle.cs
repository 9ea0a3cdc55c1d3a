namespace Postrider.Delivery;

/// <summary>
/// Keeps a destination that catches up with a backlog from taking the machine away from those that are up to date: a dispatcher that is far
/// behind has so many attempts in flight as the thread pool can run without letting others wait.
/// </summary>
/// <remarks>
/// The idea is LEDBAT's (RFC 6817): background traffic that watches the delay it causes, and yields. Here the delay is that of the thread
/// pool's queue, sampled every few milliseconds while someone catches up. Above the target the limit shrinks by a tenth, below it grows by a
/// quarter of an attempt; it never falls below one. Where all are behind there is nobody to protect, and no limit.
/// </remarks>
internal sealed class CatchUpThrottle(TimeProvider time) : IAsyncDisposable
{
    private const double Least = 1;
    private const double Most = 1024;
    private const double Shrink = 0.9;
    private const double Growth = 0.25;
    private static readonly TimeSpan Target = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _behind;
    private int _upToDate;
    private double _limit = Least;
    private bool _isActive;

    /// <summary>Attempts that a dispatcher far behind may have in flight now.</summary>
    public int Limit => Volatile.Read(ref _isActive) ? (int)Volatile.Read(ref _limit) : int.MaxValue;

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

    private void Sample()
    {
        var queued = time.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(
            static sample => sample.Throttle.Observe(sample.Throttle.ElapsedSince(sample.Queued)), (Throttle: this, Queued: queued), preferLocal: false);
    }

    private TimeSpan ElapsedSince(long timestamp) => time.GetElapsedTime(timestamp);
}
