using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider;

/// <summary>Opens the log that a configuration names.</summary>
/// <exception cref="LogUnusableException">It cannot be opened as it lies there.</exception>
internal delegate Task<IEventLog> LogOpener(
    PostriderConfig config, StartOptions options, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken);
