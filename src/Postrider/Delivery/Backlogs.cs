using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Looks after the limits that destinations set to their backlogs: warns, or gives up the oldest part.</summary>
internal sealed partial class Backlogs(
    IEventLog log, Func<IEnumerable<LiveDestination>> live, Skips skips, TimeProvider time, ILogger<Backlogs> logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    // Somewhat more goes at once than must, or the next round would skip again.
    private const double LeftOfSize = 0.95;

    public Rounds Begin() => Rounds.Begin(Period, CheckAsync, exception => Log.Failed(logger, exception), time);

    /// <summary>One round.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        // Of the partitions of others, each read once a round.
        var elsewhere = new Dictionary<int, Dictionary<string, DestinationRecord>>();
        foreach (var destination in live())
        {
            var config = destination.Model.Config.Backlog;
            var warning = await CheckAgeAsync(destination, config, cancellationToken).ConfigureAwait(false)
                ?? await CheckSizeAsync(destination, config, elsewhere, cancellationToken).ConfigureAwait(false);
            if (warning is not null && destination.BacklogWarning is null)
            {
                Log.OverLimit(logger, destination.Name, warning);
            }

            destination.BacklogWarning = warning;
        }
    }

    private async Task<string?> CheckAgeAsync(LiveDestination destination, BacklogConfig config, CancellationToken cancellationToken)
    {
        if (config.MaxAge is not { } maxAge)
        {
            return null;
        }

        var before = time.GetUtcNow() - maxAge;
        var old = false;
        foreach (var partition in log.Partitions)
        {
            // Another process's is looked after there.
            if (destination.DispatcherOf(partition.Number)?.ReadPosition is not { } from || !await IsOldAsync(partition, from, before, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            old = true;
            if (config.OnFull == OnBacklogFull.Skip)
            {
                await skips.SkipAsync(destination, partition, partition.EndPosition, before, $"older than backlog.maxAge, {Duration.Format(maxAge)}", cancellationToken)
                    .ConfigureAwait(false);
            }
        }

        return old && config.OnFull == OnBacklogFull.Hold ? $"its oldest unread event is older than backlog.maxAge, {Duration.Format(maxAge)}" : null;
    }

    // What a backlog weighs is its share of the log's positions: nothing counts bytes for each destination.
    private async Task<string?> CheckSizeAsync(
        LiveDestination destination, BacklogConfig config, Dictionary<int, Dictionary<string, DestinationRecord>> elsewhere, CancellationToken cancellationToken)
    {
        if (config.MaxSize is not { } maxSize)
        {
            return null;
        }

        var held = log.Partitions.Sum(partition => partition.EndPosition - partition.FirstPosition);
        var unread = 0L;
        foreach (var partition in log.Partitions)
        {
            if (UnreadOf(destination, partition) is { } own)
            {
                unread += own;
                continue;
            }

            if (!elsewhere.TryGetValue(partition.Number, out var records))
            {
                var read = await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false);
                elsewhere.Add(partition.Number, records = read.ToDictionary(record => record.Name, StringComparer.Ordinal));
            }

            unread += records.TryGetValue(destination.Name, out var found) ? Math.Max(0, partition.EndPosition - found.Progress.ReadPosition) : 0;
        }

        var bytes = held == 0 ? 0 : (double)log.GetUsage().Bytes * unread / held;
        if (bytes <= maxSize.Bytes)
        {
            return null;
        }

        if (config.OnFull == OnBacklogFull.Hold)
        {
            return $"its unread backlog is larger than backlog.maxSize, {maxSize}";
        }

        foreach (var partition in log.Partitions)
        {
            if (UnreadOf(destination, partition) is not { } own)
            {
                continue;
            }

            var left = (long)(own * maxSize.Bytes * LeftOfSize / bytes);
            await skips.SkipAsync(destination, partition, partition.EndPosition - left, null, $"beyond backlog.maxSize, {maxSize}", cancellationToken)
                .ConfigureAwait(false);
        }

        return null;
    }

    // Null: another process delivers from it, and gives up its part.
    private static long? UnreadOf(LiveDestination destination, ILogPartition partition) =>
        destination.DispatcherOf(partition.Number) is { } dispatcher ? Math.Max(0, partition.EndPosition - dispatcher.ReadPosition) : null;

    private static async Task<bool> IsOldAsync(ILogPartition partition, long from, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (from >= partition.EndPosition)
        {
            return false;
        }

        try
        {
            var oldest = await partition.ReadAsync(from, from + 1, 1, cancellationToken).ConfigureAwait(false);
            return oldest.Count > 0 && oldest[0].ReceivedAt < before;
        }
        catch (LogCorruptException)
        {
            // Nobody can tell its age.
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.BacklogOverLimit, LogLevel.Warning, "Destination {Destination}: {Warning}. It is kept; 'postrider skip' gives it up.")]
        public static partial void OverLimit(ILogger logger, string destination, string warning);

        [LoggerMessage(LogEvents.BacklogCheckFailed, LogLevel.Error, "The limits of the backlogs could not be looked after; tried again in ten seconds.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
