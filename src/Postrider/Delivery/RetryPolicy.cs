using Postrider.Configuration;

namespace Postrider.Delivery;

/// <summary>When a failed attempt is tried again: pure, so that every case can be tested.</summary>
internal static class RetryPolicy
{
    /// <summary>The delay before the next attempt: min(max, initial × 2ⁿ) with jitter over its upper half.</summary>
    /// <param name="config">The destination's settings.</param>
    /// <param name="attempts">Attempts made, at least 1.</param>
    /// <param name="retryAfter">What the receiver asked for; honoured up to the longest delay.</param>
    /// <param name="jitter">A random number from 0 to 1.</param>
    public static TimeSpan NextDelay(RetryConfig config, int attempts, TimeSpan? retryAfter, double jitter)
    {
        // 2^30 × 100 ms is beyond three years: further doublings only overflow.
        var factor = Math.Pow(2, Math.Min(attempts - 1, 30));
        var full = TimeSpan.FromTicks((long)Math.Min(config.Max.Ticks, config.Initial.Ticks * factor));
        var delay = full - (full / 2 * (1 - jitter));
        if (retryAfter is { } asked && asked > delay)
        {
            delay = asked < config.Max ? asked : config.Max;
        }

        return delay;
    }

    /// <summary>Whether an event that failed once more is given up.</summary>
    public static bool GivesUp(RetryConfig config, int attempts, DateTimeOffset parkedAt, DateTimeOffset now) =>
        attempts >= config.MaxAttempts || now - parkedAt >= config.GiveUpAfter;
}
