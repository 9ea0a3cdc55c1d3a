using Postrider.Events;

namespace Postrider.Log;

/// <summary>
/// Copies a log into another, empty one, while nobody writes to or delivers from either: events with their ids, and of each destination its
/// progress, control, parked lanes, dead letters and ranges given up. Replays that run are cancelled; what they had put into lanes is there.
/// What it does not copy: which deleted dead letters there were, which routes were in force, and what the log remembers of repeats beyond
/// what its events themselves carry.
/// </summary>
/// <remarks>
/// Any number of partitions goes to any number: positions are mapped event by event, each key's order is kept. A copy that was cut off has
/// settled nothing yet: delivery from it would repeat, never skip; but it is no longer empty, so the next copy wants another target.
/// </remarks>
internal sealed class LogCopy
{
    private const int GroupEvents = 256;
    private const int GroupBytes = 1 << 20;
    private const int FinishedAtOnce = 50;

    private readonly IEventLog _from;
    private readonly IEventLog _to;
    private readonly IReadOnlyList<LogCopyMap> _maps;
    private readonly IReadOnlyList<CopiedDestination> _destinations;

    private LogCopy(IEventLog from, IEventLog to, IReadOnlyList<CopiedDestination> destinations)
    {
        _from = from;
        _to = to;
        _destinations = destinations;
        _maps = [.. from.Partitions.Select(partition => new LogCopyMap(partition.FirstPosition))];
    }

    /// <summary>Copies, then reads both logs again and compares them.</summary>
    /// <exception cref="LogUnusableException">The target is not empty, or the source is not fit to be copied; nothing was written.</exception>
    /// <exception cref="LogCorruptException">The source holds a damaged record.</exception>
    /// <exception cref="LogUnavailableException">The target takes no more.</exception>
    public static async Task<LogCopyResult> RunAsync(IEventLog from, IEventLog to, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var partition in to.Partitions)
        {
            if (partition.EndPosition > 1 || (await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false)).Count > 0)
            {
                throw new LogUnusableException("The log to copy to is not empty: a copy needs a new one.");
            }
        }

        var destinations = await LoadDestinationsAsync(from, to, cancellationToken).ConfigureAwait(false);
        var copy = new LogCopy(from, to, destinations);
        await copy.CopyEventsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var partition in to.Partitions)
        {
            await partition.State.RegisterAsync(
                [.. destinations.Select(destination => destination.Register(partition))], [], time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }

        await new LogCopyState(from, to, copy._maps, destinations, time).CopyAsync(cancellationToken).ConfigureAwait(false);
        await copy.FinishAsync(cancellationToken).ConfigureAwait(false);
        return new LogCopyResult(
            await LogSummary.ReadAsync(from, cancellationToken).ConfigureAwait(false),
            await LogSummary.ReadAsync(to, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<IReadOnlyList<CopiedDestination>> LoadDestinationsAsync(IEventLog from, IEventLog to, CancellationToken cancellationToken)
    {
        var records = new List<DestinationRecord>();
        foreach (var partition in from.Partitions)
        {
            records.AddRange(await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false));
        }

        var byName = records.GroupBy(record => record.Name, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        return byName.Find(group => group.Count != from.Partitions.Count) is { } partial
            ? throw new LogUnusableException(
                $"Destination '{partial[0].Name}' is known to {partial.Count} of {from.Partitions.Count} partitions only: its start was cut off. Start the server on this log once more, then copy.")
            : [.. byName.Select(group => new CopiedDestination(group, to.Partitions))];
    }

    private async Task CopyEventsAsync(CancellationToken cancellationToken)
    {
        var group = new List<(LogPosition Place, Event Moved)>();
        var bytes = 0;
        await foreach (var item in LogCopyEvents.ReadAsync(_from, cancellationToken).ConfigureAwait(false))
        {
            group.Add(item);
            bytes += item.Moved.Weight;
            if (group.Count >= GroupEvents || bytes >= GroupBytes)
            {
                await AppendAsync(group).ConfigureAwait(false);
                group.Clear();
                bytes = 0;
            }
        }

        await AppendAsync(group).ConfigureAwait(false);
    }

    private async Task AppendAsync(List<(LogPosition Place, Event Moved)> group)
    {
        if (group.Count == 0)
        {
            return;
        }

        await _to.AppendAsync([.. group.Select(item => item.Moved)]).ConfigureAwait(false);
        foreach (var (old, moved) in group)
        {
            if (moved.Repeat != Repeat.None)
            {
                throw new LogUnusableException($"The target took event {moved.Id} for a repeat: it is not empty, or the source holds the event twice.");
            }

            var place = new MovedPlace(moved.Place.Partition, moved.Place.Position);
            _maps[old.Partition].Add(old.Position, place);
            foreach (var destination in _destinations)
            {
                destination.Add(old.Partition, old.Position, place);
            }
        }
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in _to.Partitions)
        {
            foreach (var some in _destinations.Chunk(FinishedAtOnce))
            {
                await partition.State.SaveAsync([.. some.Select(destination => destination.Finish(partition.Number))], cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
