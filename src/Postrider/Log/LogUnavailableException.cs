namespace Postrider.Log;

/// <summary>The log does not take the event, or cannot be asked, now; the gateway answers 503 with <see cref="RetryAfter"/>.</summary>
internal sealed class LogUnavailableException(string message, TimeSpan retryAfter, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}
