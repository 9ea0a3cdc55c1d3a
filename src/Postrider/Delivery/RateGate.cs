using Postrider.Configuration;

namespace Postrider.Delivery;

/// <summary>Holds a destination to its rate limit (generic cell rate algorithm): a burst of a tenth of a period's worth, then evenly.</summary>
/// <remarks>Shared by the destination's dispatchers; every call is one short lock.</remarks>
internal sealed class RateGate(TimeProvider time)
{
    private readonly Lock _lock = new();
    private RateLimit? _limit;
    private DateTimeOffset _full;
    private double _share = 1;

    /// <summary>Sets the limit, and how much of it is this process's.</summary>
    public void Set(RateLimit? limit, double share = 1)
    {
        lock (_lock)
        {
            _share = share;
            if (_limit != limit)
            {
                _limit = limit;
                _full = time.GetUtcNow();
            }
        }
    }

    /// <summary>Takes one attempt, or says when there is one again.</summary>
    public bool TryTake(out DateTimeOffset retryAt)
    {
        retryAt = default;
        lock (_lock)
        {
            if (_limit is not { } limit)
            {
                return true;
            }

            var now = time.GetUtcNow();
            var step = limit.Per / (limit.Count * _share);
            var burst = Max(step, limit.Per / 10);

            // It is never more than a burst ahead of a clock that runs on; one that was set back must not hold the destination for as long.
            var full = _full > now && _full - now <= burst ? _full : now;
            var next = full + step;
            if (next - now > burst)
            {
                retryAt = next - burst;
                return false;
            }

            _full = next;
            return true;
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
