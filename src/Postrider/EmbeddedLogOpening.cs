using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider;

/// <summary>Opens the embedded log as the configuration says.</summary>
internal static class EmbeddedLogOpening
{
    public static async Task<OpenedLog> OpenAsync(
        PostriderConfig config, StartOptions options, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (options.Role is not ServerRole.Both)
        {
            throw new LogUnusableException(
                $"The role {options.Role.ToString().ToLowerInvariant()} needs a log that several processes share (log.type: redis). The embedded log belongs to one process, which takes events in and delivers them.")
            { IsConfiguration = true };
        }

        var log = await EmbeddedLog.OpenAsync(
            new EmbeddedLogOptions
            {
                Path = config.Log.Path,
                MaxSizeBytes = config.Log.MaxSize?.Bytes,
                MinFreeDiskBytes = config.Log.MinFreeDisk.Bytes,
                Retain = config.Log.Retain,
                SegmentBytes = config.Log.SegmentSize.Bytes,
                MaxLinger = config.Log.MaxLinger,
                RepeatBytes = config.Log.MaxRepeatMemory.Bytes,
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
        return new OpenedLog(log, config.Log.Path, time, () => "A success answer means: written and synced to this machine's disk; a crash loses nothing.");
    }
}
