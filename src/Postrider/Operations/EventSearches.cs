using System.Text;
using Postrider.Delivery;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>
/// Searches what the log still holds, from the newest event back, all partitions merged by when they were received. There is no index: an
/// answer looks at a bounded part of the log and says where the next one goes on, also where it found nothing.
/// </summary>
internal sealed class EventSearches(ServerState state, TimeProvider time) : IEventSearches
{
    /// <summary>Most events that one answer looks at.</summary>
    public const int MaxEvents = 50_000;

    // An answer reads at most so much of the log, and about so long.
    private const long MaxBytes = 64L << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    // Clocks step back a little: so far beyond the time asked for is looked.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    /// <exception cref="FormatException">The cursor is none.</exception>
    public async Task<EventList> SearchEventsAsync(EventSearch search, CancellationToken cancellationToken)
    {
        if (state.Running is not { } running)
        {
            return new EventList([], null, 0, null);
        }

        var log = running.Log;
        if (search.Filter.Id is { } id)
        {
            return await FindAsync(log, search, id, cancellationToken).ConfigureAwait(false);
        }

        var match = new EventMatch(search);
        var cursor = DeadLetterCursor.Parse(search.Cursor, log.Partitions.Count);
        var only = search.Filter.Key is { } key ? log.PartitionOf(EventEnvelope.HashKey(Encoding.UTF8.GetBytes(key))) : null;
        var scans = new List<BackwardScan>();
        foreach (var partition in log.Partitions.Where(partition => only is null || partition.Number == only))
        {
            scans.Add(new BackwardScan(partition, await BeginAsync(partition, cursor[partition.Number], search, cancellationToken).ConfigureAwait(false)));
        }

        return await ScanAsync(scans, match, search, cursor, cancellationToken).ConfigureAwait(false);
    }

    private async Task<EventList> ScanAsync(
        List<BackwardScan> scans, EventMatch match, EventSearch search, long?[] cursor, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var items = new List<EventSummary>();
        var scanned = 0L;
        DateTimeOffset? oldest = null;
        while (items.Count < search.Limit && scanned < MaxEvents && scans.Sum(scan => scan.BytesRead) < MaxBytes && time.GetElapsedTime(began) < MaxTime)
        {
            if (await NewestAsync(scans, cancellationToken).ConfigureAwait(false) is not { } newest)
            {
                break;
            }

            var @event = newest.Take();
            scanned++;
            oldest = oldest is null || @event.ReceivedAt < oldest ? @event.ReceivedAt : oldest;
            if (@event.ReceivedAt < search.Filter.Since - Slack)
            {
                newest.End();
            }
            else if (match.Matches(@event))
            {
                items.Add(Describe(@event));
            }
        }

        foreach (var scan in scans)
        {
            cursor[scan.Partition.Number] = scan.Before;
        }

        return new EventList(items, scans.Exists(scan => !scan.IsAtEnd) ? DeadLetterCursor.Format(cursor) : null, scanned, oldest);
    }

    // All of them must be looked at, or the order of their events is not known.
    private static async Task<BackwardScan?> NewestAsync(List<BackwardScan> scans, CancellationToken cancellationToken)
    {
        BackwardScan? newest = null;
        foreach (var scan in scans)
        {
            if (await scan.PeekAsync(cancellationToken).ConfigureAwait(false) is { } head && (newest is null || head.ReceivedAt > newest.Head!.ReceivedAt))
            {
                newest = scan;
            }
        }

        return newest;
    }

    private static async Task<long> BeginAsync(ILogPartition partition, long? cursor, EventSearch search, CancellationToken cancellationToken)
    {
        if (cursor is { } given)
        {
            return Math.Min(given, partition.EndPosition);
        }

        return search.Filter.Until is { } until
            ? await PositionSearch.FindEndAsync(partition, until, cancellationToken).ConfigureAwait(false)
            : partition.EndPosition;
    }

    private static async Task<EventList> FindAsync(IEventLog log, EventSearch search, string id, CancellationToken cancellationToken)
    {
        if (!EventIdFormat.TryParse(id, out var logId, out var place) || logId != log.Id || place.Partition >= log.Partitions.Count
            || log.Partitions[place.Partition] is not { } partition || place.Generation != partition.GenerationOf(place.Position)
            || await partition.GetAsync(place.Position, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return new EventList([], null, 0, null);
        }

        return new EventList(new EventMatch(search).Matches(found) ? [Describe(found)] : [], null, 1, found.ReceivedAt);
    }

    private static EventSummary Describe(Event @event) => new(@event.Id, @event.ReceivedAt, @event.Source, @event.Key, @event.Type, @event.Body.Length);
}
