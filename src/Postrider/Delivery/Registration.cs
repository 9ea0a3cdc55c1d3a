using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Makes the configured destinations known to a partition's state store, each with the position where it begins.</summary>
/// <remarks>
/// Start positions are committed before any route that names the destination takes effect, so that a crash in between loses no event. Where routers
/// share the log, the first that sees a destination commits them for all partitions, its own or not; the store keeps those that are there.
/// </remarks>
internal sealed partial class Registration(TimeProvider time, ILogger<Registration> logger)
{
    // Where each began, for a partition whose storage forgets it.
    private readonly ConcurrentDictionary<(int Partition, string Name), long> _begun = [];

    /// <summary>Registers what is new in one partition.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="config">The configuration that names the destinations.</param>
    /// <param name="isLive">Those that this process delivers to already: a partition that does not know them has lost them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>All that the store knows, by name.</returns>
    public async Task<IReadOnlyDictionary<string, DestinationRecord>> RegisterAsync(
        ILogPartition partition, PostriderConfig config, Func<string, bool> isLive, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var known = await ReadAsync(partition, cancellationToken).ConfigureAwait(false);
        var added = config.Destinations.Values.Where(destination => !known.ContainsKey(destination.Name)).Select(destination =>
        {
            long? begun = isLive(destination.Name) && _begun.TryGetValue((partition.Number, destination.Name), out var position) ? position : null;
            var start = partition.State.BeginsAt ?? StartOf(partition, destination, begun);
            return new DestinationRecord { Name = destination.Name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = now };
        }).ToList();
        await partition.State.RegisterAsync(added, [.. config.Destinations.Keys], now, cancellationToken).ConfigureAwait(false);
        if (added.Count > 0)
        {
            // Another process may have been faster: its positions hold.
            known = await ReadAsync(partition, cancellationToken).ConfigureAwait(false);
        }

        foreach (var record in added)
        {
            Log.Added(logger, record.Name, partition.Number, known[record.Name].StartPosition);
        }

        foreach (var record in known.Values)
        {
            _begun[(partition.Number, record.Name)] = record.StartPosition;
            if (!config.Destinations.ContainsKey(record.Name))
            {
                Log.Kept(logger, record.Name, record.LastListed + config.Delivery.ForgetAfter);
            }
        }

        // One that nobody delivers to any more has no progress that a storage could forget.
        foreach (var gone in _begun.Keys.Where(key => key.Partition == partition.Number && !known.ContainsKey(key.Name) && !isLive(key.Name)))
        {
            _begun.TryRemove(gone, out _);
        }

        return known;
    }

    private static async Task<Dictionary<string, DestinationRecord>> ReadAsync(ILogPartition partition, CancellationToken cancellationToken) =>
        (await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(record => record.Name, StringComparer.Ordinal);

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
