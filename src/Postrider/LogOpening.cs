using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider;

/// <summary>Opens the log that the configuration names.</summary>
internal static class LogOpening
{
    /// <exception cref="LogUnusableException">It cannot be opened as it lies there.</exception>
    public static Task<OpenedLog> OpenAsync(
        PostriderConfig config, StartOptions options, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        config.Log.Redis is { } redis
            ? RedisLogOpening.OpenAsync(redis, options.Role, time, metrics, loggers, cancellationToken)
            : EmbeddedLogOpening.OpenAsync(config, options, time, metrics, loggers, cancellationToken);
}
