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

    /// <summary>Most that are kept of one batch: what is wrong with a hundred is wrong with the others.</summary>
    public const int MostOfABatch = 100;

    /// <summary>Keeps them, if that can be; in no case does it fail.</summary>
    /// <param name="source">Where they came from.</param>
    /// <param name="rejected">At most <see cref="MostOfABatch"/>.</param>
    /// <param name="count">How many there were.</param>
    /// <param name="cancellationToken">Ends the wait for the storage.</param>
    public async ValueTask KeepAsync(GatewaySource source, IReadOnlyList<RejectedIngest> rejected, int count, CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return;
        }

        _rejected.Add(count, new KeyValuePair<string, object?>("source", source.Name));
        try
        {
            await log.Partitions[0].State.AddRejectedAsync(rejected, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or LogUnavailableException or ObjectDisposedException or OperationCanceledException)
        {
            // The good events are stored: to answer anything else would bring them again.
            Log.NotKept(logger, count, source.Name, rejected[0].Reason, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RejectedNotKept, LogLevel.Warning, "{Count} bad events of a batch of {Source} could not be put aside and are gone ({First}): {Reason}")]
        public static partial void NotKept(ILogger logger, int count, string source, string first, string reason);
    }
}
