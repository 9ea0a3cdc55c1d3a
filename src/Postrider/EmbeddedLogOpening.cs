using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider;

/// <summary>Opens the embedded log as the configuration says.</summary>
internal static class EmbeddedLogOpening
{
    public static async Task<IEventLog> OpenAsync(
        PostriderConfig config, StartOptions options, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        await EmbeddedLog.OpenAsync(
            new EmbeddedLogOptions
            {
                Path = config.Log.Path,
                MaxSizeBytes = config.Log.MaxSize?.Bytes,
                MinFreeDiskBytes = config.Log.MinFreeDisk.Bytes,
                Retain = config.Log.Retain,
                SegmentBytes = config.Log.SegmentSize.Bytes,
                MaxLinger = config.Log.MaxLinger,
                DeliverFrom = options.DeliverFrom switch
                {
                    null => null,
                    StartFrom.Oldest => Log.Embedded.DeliverFrom.Oldest,
                    _ => Log.Embedded.DeliverFrom.Tail,
                },
            },
            time,
            metrics,
            loggers,
            cancellationToken).ConfigureAwait(false);
}
