using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Keeps the configured destinations marked as such, and forgets those that have been gone for longer than <c>forgetAfter</c>.</summary>
internal sealed partial class Forgetting(
    IEventLog log, Func<IEnumerable<string>> configured, SemaphoreSlim changing, Func<TimeSpan> forgetAfter, TimeProvider time, ILogger<Forgetting> logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private const int ReadBytes = 1 << 20;

    public Rounds Begin() => Rounds.Begin(Period, CheckAsync, exception => Log.Failed(logger, exception), time);

    /// <summary>One round.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var names = Listed();
        foreach (var partition in log.Partitions)
        {
            // Each owner looks after its partitions.
            if (!partition.Lease.IsHeld)
            {
                continue;
            }

            var now = time.GetUtcNow();
            await partition.State.RegisterAsync([], [.. names], now, cancellationToken).ConfigureAwait(false);
            foreach (var record in await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!names.Contains(record.Name) && now - record.LastListed > forgetAfter())
                {
                    await ForgetAsync(partition, record, now, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    // A destination that any living process lists is none that has gone, whatever the configuration of this one says.
    private HashSet<string> Listed()
    {
        var names = configured().ToHashSet(StringComparer.Ordinal);
        names.UnionWith(log.Sharing?.Members.SelectMany(member => member.Description.Destinations) ?? []);
        return names;
    }

    private async Task ForgetAsync(ILogPartition partition, DestinationRecord record, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = partition.EndPosition;
        var events = await CountUnreadAsync(partition, record, before, cancellationToken).ConfigureAwait(false);
        var reason = $"the destination left the configuration more than {forgetAfter().TotalHours:0.#} h ago";
        var range = new GivenUpRange(record.Name, record.Progress.Cursor, before, events, reason, now);

        // Counting takes long. Meanwhile a reload may have brought the destination back: then it is forgotten no more.
        await changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (log.Sharing is { } sharing)
            {
                await sharing.RefreshAsync(cancellationToken).ConfigureAwait(false);
            }

            var current = await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false);
            if (Listed().Contains(record.Name)
                || current.FirstOrDefault(candidate => candidate.Name == record.Name)?.LastListed != record.LastListed)
            {
                return;
            }

            await partition.State.ForgetAsync(range, cancellationToken).ConfigureAwait(false);
            if (log.Sharing?.Controls.GetValueOrDefault(record.Name)?.Control is { } decided && decided != DestinationControl.None)
            {
                // One of the same name that comes later is another, which nobody has paused.
                await log.Sharing.ControlAsync(record.Name, DestinationControl.None, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            changing.Release();
        }

        Log.Forgotten(logger, record.Name, events, range.From, range.Before);
    }

    private static async Task<long> CountUnreadAsync(ILogPartition partition, DestinationRecord record, long before, CancellationToken cancellationToken)
    {
        long count = record.Progress.Outstanding.Count;
        var from = record.Progress.ReadPosition;
        var routes = (await partition.State.FindEventAsync(record.Name, from, cancellationToken).ConfigureAwait(false)).Routes;
        while (from < before)
        {
            var events = await partition.ReadAsync(from, before, ReadBytes, cancellationToken).ConfigureAwait(false);
            if (events.Count == 0)
            {
                break;
            }

            count += routes is null ? events.Count : events.Count(@event => RouteTable.Matches(routes, record.Name, @event));
            from = events[^1].Position + 1;
        }

        return count;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.DestinationForgotten, LogLevel.Warning, "Destination {Destination} is forgotten: {Count} undelivered events from position {From} to before {Before} are given up.")]
        public static partial void Forgotten(ILogger logger, string destination, long count, long from, long before);

        [LoggerMessage(LogEvents.ForgettingFailed, LogLevel.Error, "Destinations that left the configuration could not be looked after; tried again in a minute.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
