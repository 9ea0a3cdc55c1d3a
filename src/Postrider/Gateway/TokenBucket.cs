using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Holds a source to its rate limit (generic cell rate algorithm): a period's worth at once, then evenly.</summary>
internal sealed class TokenBucket(RateLimit limit)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _step = limit.Per / limit.Count;
    private DateTimeOffset _full = DateTimeOffset.MinValue;

    /// <summary>Takes tokens, or says when there will be enough. More than a period's worth at once needs a full bucket and leaves a debt.</summary>
    public bool TryTake(int count, DateTimeOffset now, out TimeSpan retryAfter)
    {
        lock (_lock)
        {
            // A clock that was set back must not shut a source out for as long.
            var full = _full > now && _full - now <= limit.Per + (_step * count) ? _full : now;
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
