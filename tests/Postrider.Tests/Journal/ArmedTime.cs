using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Postrider.Tests.Journal;

/// <summary>A clock that tells when someone has begun to wait for it: moved before that, it would pass by unseen.</summary>
internal sealed class ArmedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Channel<TimeSpan> _armed = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _armed.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until one more waits; for how long it does.</summary>
    public Task<TimeSpan> ArmedAsync() => _armed.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
