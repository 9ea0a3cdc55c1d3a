namespace Postrider.Delivery;

/// <summary>One timer that is set only when the time to wake changes, and not at all while there is none.</summary>
internal sealed class WakeTimer(TimeProvider time, Action wake) : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private readonly ITimer _timer = time.CreateTimer(static state => ((Action)state!)(), wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private DateTimeOffset? _at;

    public void Set(DateTimeOffset? at, DateTimeOffset now)
    {
        if (at == _at && !(at <= now))
        {
            return;
        }

        _at = at;
        var wait = at is not { } time ? Timeout.InfiniteTimeSpan : time > now ? time - now : TimeSpan.Zero;
        _timer.Change(wait > Longest ? Longest : wait, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
