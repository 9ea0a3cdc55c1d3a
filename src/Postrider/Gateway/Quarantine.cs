using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>Keeps the bad events of a batch whose good ones were stored, for people to look at.</summary>
internal sealed partial class Quarantine(IEventLog log, PostriderMetrics metrics, ILogger logger)
{
    private readonly Counter<long> _rejected = metrics.Meter.CreateCounter<long>(
        "postrider.gateway.rejected", "{event}", "Events of a batch that could not be used although the rest of it was stored, by source.");

    public async ValueTask KeepAsync(GatewaySource source, RejectedEvents rejected)
    {
        if (rejected.Count == 0)
        {
            return;
        }

        _rejected.Add(rejected.Count, new KeyValuePair<string, object?>("source", source.Name));
        try
        {
            // What was bad is worth knowing whether or not its client still waits.
            await log.Partitions[0].State.AddRejectedAsync(rejected.Kept, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it was: the good events are stored, and to answer anything else would bring them again.
            Log.NotKept(logger, rejected.Count, source.Name, rejected.Kept[0].Reason, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RejectedNotKept, LogLevel.Warning, "{Count} bad events of a batch of {Source} could not be put aside and are gone ({First}): {Reason}")]
        public static partial void NotKept(ILogger logger, int count, string source, string first, string reason);
    }
}
