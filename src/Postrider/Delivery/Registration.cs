using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Makes the configured destinations known to a partition's state store, each with the position where it begins.</summary>
/// <remarks>Start positions are committed before any route that names the destination takes effect, so that a crash in between loses no event.</remarks>
internal sealed partial class Registration(TimeProvider time, ILogger<Registration> logger)
{
    /// <summary>Registers what is new in one partition.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="config">The configuration that names the destinations.</param>
    /// <param name="begun">Where those that this process delivers to already began, for a partition whose storage forgot them; null: it did not yet begin.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>All that the store knows, by name.</returns>
    public async Task<IReadOnlyDictionary<string, DestinationRecord>> RegisterAsync(
        ILogPartition partition, PostriderConfig config, Func<string, long?> begun, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var known = (await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false))
            .ToDictionary(record => record.Name, StringComparer.Ordinal);
        var added = config.Destinations.Values.Where(destination => !known.ContainsKey(destination.Name)).Select(destination =>
        {
            var start = partition.State.BeginsAt ?? StartOf(partition, destination, begun(destination.Name));
            return new DestinationRecord { Name = destination.Name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = now };
        }).ToList();
        await partition.State.RegisterAsync(added, [.. config.Destinations.Keys], now, cancellationToken).ConfigureAwait(false);
        foreach (var record in added)
        {
            known.Add(record.Name, record);
            Log.Added(logger, record.Name, partition.Number, record.StartPosition);
        }

        foreach (var kept in known.Values.Where(record => !config.Destinations.ContainsKey(record.Name)))
        {
            Log.Kept(logger, kept.Name, kept.LastListed + config.Delivery.ForgetAfter);
        }

        return known;
    }

    // A storage that was rolled back or wiped forgot a destination: whatever came since is its, and nothing from before it began.
    private static long StartOf(ILogPartition partition, DestinationConfig destination, long? begun) =>
        begun is { } position ? Math.Max(partition.FirstPosition, Math.Min(position, partition.GenerationStart))
        : destination.StartFrom == StartFrom.Oldest ? partition.FirstPosition
        : partition.EndPosition;

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DestinationAdded, LogLevel.Information, "Destination {Destination} is new: in partition {Partition} it begins at position {Position}.")]
        public static partial void Added(ILogger logger, string destination, int partition, long position);

        [LoggerMessage(LogEvents.DestinationKept, LogLevel.Warning, "Destination {Destination} is no longer configured; its backlog is kept until {Until:u}, then given up.")]
        public static partial void Kept(ILogger logger, string destination, DateTimeOffset until);
    }
}
