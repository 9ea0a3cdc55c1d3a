using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Holds a source to its rate limit (generic cell rate algorithm): a period's worth at once, then evenly.</summary>
internal sealed class TokenBucket(RateLimit limit)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _step = limit.Per / limit.Count;

    // When the bucket is full again.
    private TimeSpan _full = TimeSpan.MinValue;

    /// <summary>Takes tokens, or says when there will be enough. More than a period's worth at once needs a full bucket and leaves a debt.</summary>
    /// <remarks>It counts by the clock that only goes forward: a day that is set back must neither shut a source out nor let it off its debt.</remarks>
    public bool TryTake(int count, TimeProvider time, out TimeSpan retryAfter)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(0);
            var full = _full > now ? _full : now;
            var wait = full + (_step * Math.Min(count, limit.Count)) - now - limit.Per;
            retryAfter = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
            if (wait > TimeSpan.Zero)
            {
                return false;
            }

            _full = full + (_step * count);
            return true;
        }
    }
}
