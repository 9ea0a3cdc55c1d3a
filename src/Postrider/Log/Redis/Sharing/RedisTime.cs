namespace Postrider.Log.Redis;

/// <summary>Tells the time of Redis, which all processes share; runs on this machine's clock in between. Whatever is stored carries this time.</summary>
internal sealed class RedisTime(TimeProvider local) : TimeProvider
{
    // Less may be the way of an answer: the time must not tremble with it.
    private const long LeastMilliseconds = 10;

    private long _offset;

    public override long TimestampFrequency => local.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => local.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => local.GetUtcNow() + TimeSpan.FromMilliseconds(Volatile.Read(ref _offset));

    public override long GetTimestamp() => local.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => local.CreateTimer(callback, state, dueTime, period);

    /// <summary>Redis told its time.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="way">From the question to the answer.</param>
    public void Saw(long now, TimeSpan way)
    {
        var offset = now + (long)(way.TotalMilliseconds / 2) - local.GetUtcNow().ToUnixTimeMilliseconds();
        if (Math.Abs(offset - Volatile.Read(ref _offset)) > LeastMilliseconds + way.TotalMilliseconds)
        {
            Volatile.Write(ref _offset, offset);
        }
    }
}
