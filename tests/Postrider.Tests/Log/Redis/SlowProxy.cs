namespace Postrider.Tests.Log.Redis;

/// <summary>Stands between log and Redis, and holds back what it forwards to Redis, in order.</summary>
internal sealed class SlowProxy : IDisposable
{
    private readonly LineProxy _line;
    private long _delay;

    public SlowProxy(int target)
    {
        _line = new LineProxy(target, PassesAsync);
        _line.Start();
    }

    public int Port => _line.Port;

    /// <summary>How long each piece waits.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delay));
        set => Volatile.Write(ref _delay, value.Ticks);
    }

    public void Dispose() => _line.Dispose();

    private async ValueTask<bool> PassesAsync(bool answers, ReadOnlyMemory<byte> piece)
    {
        if (!answers && Delay is { Ticks: > 0 } delay)
        {
            await Task.Delay(delay, TimeProvider.System);
        }

        return true;
    }
}
