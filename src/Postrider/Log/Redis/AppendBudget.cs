namespace Postrider.Log.Redis;

/// <summary>Bounds the bytes that wait for their append or its answer, over all partitions.</summary>
internal sealed class AppendBudget(long limit)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private long _used;

    /// <summary>Null: the bytes are taken, and must be given back.</summary>
    public LogUnavailableException? Take(long bytes)
    {
        var used = Interlocked.Add(ref _used, bytes);

        // One that is larger than all is taken when it is alone.
        if (used <= limit || used == bytes)
        {
            return null;
        }

        Interlocked.Add(ref _used, -bytes);
        return new LogUnavailableException($"Redis does not keep up: {used - bytes} bytes wait to be stored.", RetryAfter);
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
