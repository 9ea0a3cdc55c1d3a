namespace Postrider.Delivery;

/// <summary>One timer that is set only when the time to wake changes, and not at all while there is none.</summary>
internal sealed class WakeTimer : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private readonly ITimer _timer;
    private readonly Action _wake;
    private DateTimeOffset? _at;
    private bool _fired;

    public WakeTimer(TimeProvider time, Action wake)
    {
        _wake = wake;
        _timer = time.CreateTimer(static state => ((WakeTimer)state!).OnFired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Set(DateTimeOffset? at, DateTimeOffset now)
    {
        // A timer may fire a little early: having fired, it is set again even for the same time.
        if (at == _at && !Volatile.Read(ref _fired))
        {
            return;
        }

        _at = at;
        Volatile.Write(ref _fired, false);
        var wait = at is not { } time ? Timeout.InfiniteTimeSpan : time > now ? time - now : TimeSpan.Zero;
        _timer.Change(wait > Longest ? Longest : wait, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnFired()
    {
        Volatile.Write(ref _fired, true);
        _wake();
    }
}
