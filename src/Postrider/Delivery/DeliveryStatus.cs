using System.Collections.Concurrent;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Answers how each destination is doing, over all partitions: of its own from their dispatchers, of others' from what their owners saved and said.</summary>
internal sealed class DeliveryStatus(
    IEventLog log, ConcurrentDictionary<string, LiveDestination> live, MemberStatuses? others, TimeProvider time, Func<TimeSpan> forgetAfter)
{
    /// <summary>How many of the keys parked longest are listed.</summary>
    public const int MostListed = 10;

    public async Task<IReadOnlyList<DestinationStatus>> ReadAsync(CancellationToken cancellationToken)
    {
        var statuses = new List<DestinationStatus>();
        var usage = log.GetUsage();
        var told = others is null ? null : await others.ReadOthersAsync(cancellationToken).ConfigureAwait(false);
        var stored = new List<(ILogPartition Partition, DestinationRecord Record)>();
        foreach (var partition in log.Partitions)
        {
            var records = await AskAsync([], partition.State.LoadDestinationsAsync(cancellationToken)).ConfigureAwait(false);
            stored.AddRange(records.Select(record => (partition, record)));
        }

        var byName = stored.ToLookup(place => place.Record.Name, StringComparer.Ordinal);
        foreach (var destination in live.Values.OrderBy(destination => destination.Name, StringComparer.Ordinal))
        {
            var status = await ReadAsync(destination, [.. byName[destination.Name]], usage, cancellationToken).ConfigureAwait(false);
            statuses.Add(status.With(told?[destination.Name] ?? []));
        }

        // One that leaves the configuration meanwhile has been told of as it was: it must not be told of twice.
        var named = statuses.Select(status => status.Name).ToHashSet(StringComparer.Ordinal);
        statuses.AddRange(byName.Where(places => !named.Contains(places.Key) && !live.ContainsKey(places.Key)).Select(places => Describe([.. places], usage)));
        return statuses;
    }

    private async Task<DestinationStatus> ReadAsync(
        LiveDestination destination, List<(ILogPartition Partition, DestinationRecord Record)> stored, LogUsage usage, CancellationToken cancellationToken)
    {
        var dispatchers = destination.Dispatchers;
        var reports = await Task.WhenAll(dispatchers.Select(dispatcher => dispatcher.ReportAsync())).WaitAsync(cancellationToken).ConfigureAwait(false);
        var own = dispatchers.Select(dispatcher => dispatcher.Partition.Number).ToHashSet();
        var elsewhere = stored.Where(place => !own.Contains(place.Partition.Number)).ToList();
        List<PartitionFigures> figures =
        [
            .. reports.Select((report, i) => new PartitionFigures(dispatchers[i].Partition, report.Cursor, report.ParkedEvents)),
            .. elsewhere.Select(place => new PartitionFigures(place.Partition, place.Record.Progress.Cursor, place.Record.Counters.ParkedEvents)),
        ];
        var breaker = destination.Breaker.State;
        var control = destination.Control;
        var (state, reason, until) = control switch
        {
            { DisabledReason: { } why } => (DestinationState.Disabled, why, (DateTimeOffset?)null),
            { Paused: true } => (DestinationState.Paused, "paused by an operator", null),
            _ when breaker.Rejecting => (DestinationState.Rejecting, breaker.Reason, breaker.Until),
            _ when breaker.Open => (DestinationState.Open, breaker.Reason, breaker.Until),
            _ => (DestinationState.Running, destination.Dispatchers.Select(dispatcher => dispatcher.Fault).FirstOrDefault(fault => fault is not null), null),
        };
        return new DestinationStatus
        {
            Name = destination.Name,
            Type = destination.Model.Config.Type,
            State = state,
            Lag = reports.Sum(report => report.Lag) + elsewhere.Sum(LagOf),
            OldestPendingSeconds = await FindOldestAsync(destination.Name, figures, cancellationToken).ConfigureAwait(false),
            InFlight = reports.Sum(report => report.InFlight),
            ParkedLanes = reports.Sum(report => report.ParkedLanes),
            ParkedEvents = figures.Sum(part => part.ParkedEvents),
            DeadLetters = reports.Sum(report => report.DeadLetters) + elsewhere.Sum(place => place.Record.DeadLetters),
            Delivered = reports.Sum(report => report.Delivered) + elsewhere.Sum(place => place.Record.Counters.Delivered),
            FailedAttempts = reports.Sum(report => report.FailedAttempts) + elsewhere.Sum(place => place.Record.Counters.FailedAttempts),
            Reason = reason,
            Until = until,
            Waits = DestinationWaits.Describe(destination, reports, log.HoldParking),
            BlockedLanes = reports.Sum(report => report.BlockedLanes),
            LongestParked = await FindLongestAsync(destination.Name, [.. dispatchers.Select(dispatcher => dispatcher.Partition)], reports, cancellationToken).ConfigureAwait(false),
            Configured = true,
            BacklogWarning = destination.BacklogWarning,
            PinnedPerMille = Pinned(usage, figures.Select(part => (part.Partition, part.Cursor))),
        };
    }

    private DestinationStatus Describe(List<(ILogPartition Partition, DestinationRecord Record)> places, LogUsage usage)
    {
        var records = places.ConvertAll(place => place.Record);
        return new DestinationStatus
        {
            Name = records[0].Name,
            Type = "",
            State = DestinationState.Paused,
            Lag = places.Sum(LagOf),
            InFlight = 0,
            ParkedLanes = 0,
            ParkedEvents = records.Sum(record => record.Counters.ParkedEvents),
            DeadLetters = records.Sum(record => record.DeadLetters),
            Delivered = records.Sum(record => record.Counters.Delivered),
            FailedAttempts = records.Sum(record => record.Counters.FailedAttempts),
            Reason = "no longer configured; its backlog is given up then",
            Until = records.Max(record => record.LastListed) + forgetAfter(),
            Configured = false,
            PinnedPerMille = Pinned(usage, places.Select(place => (place.Partition, place.Record.Progress.Cursor))),
        };
    }

    // Another process may have read on since this one last heard of the end.
    private static long LagOf((ILogPartition Partition, DestinationRecord Record) place) =>
        Math.Max(0, place.Partition.EndPosition - place.Record.Progress.ReadPosition) + place.Record.Progress.Outstanding.Count;

    private async Task<double?> FindOldestAsync(string name, List<PartitionFigures> figures, CancellationToken cancellationToken)
    {
        DateTimeOffset? oldest = null;
        foreach (var (partition, cursor, parkedEvents) in figures)
        {
            long? waiting = cursor < partition.EndPosition ? cursor : null;
            var parked = parkedEvents > 0
                ? await AskAsync(null, partition.State.FindOldestParkedAsync(name, cancellationToken)).ConfigureAwait(false)
                : null;
            foreach (var position in new[] { waiting, parked })
            {
                if (position is { } at
                    && await OldestWaiting.FindAsync(partition, at, cancellationToken).ConfigureAwait(false) is { } found
                    && (oldest is null || found.ReceivedAt < oldest))
                {
                    oldest = found.ReceivedAt;
                }
            }
        }

        return oldest is { } received ? Math.Max(0, (time.GetUtcNow() - received).TotalSeconds) : null;
    }

    private static async Task<IReadOnlyList<LongParkedKey>> FindLongestAsync(string name, ILogPartition[] partitions, DispatcherReport[] reports, CancellationToken cancellationToken)
    {
        var longest = reports.SelectMany((report, i) => report.LongestParked.Select(lane => (Partition: partitions[i], Lane: lane)))
            .OrderBy(parked => parked.Lane.Since).Take(MostListed);
        var keys = new List<LongParkedKey>();
        foreach (var (partition, lane) in longest)
        {
            var rows = await AskAsync([], partition.State.ReadLaneAsync(name, lane.Lane, ParkedPlace.Start, 1, cancellationToken)).ConfigureAwait(false);

            // Not saved yet, or gone meanwhile.
            var head = rows.Count > 0 ? rows[0] : null;
            var found = head is null ? null : await OldestWaiting.FindAsync(partition, head.Position, cancellationToken).ConfigureAwait(false);
            keys.Add(new LongParkedKey(found?.Key, found?.Id, lane.Events, lane.Since, lane.Due, lane.Blocked, head?.Attempts ?? 0, head?.LastError));
        }

        return keys;
    }

    // Where the storage cannot be asked, the status tells what memory knows: that the log is unreachable is part of it.
    private static async Task<T> AskAsync<T>(T otherwise, Task<T> question)
    {
        try
        {
            return await question.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogUnavailableException or GenerationMovedException)
        {
            return otherwise;
        }
    }

    // What of the log could be given back were it not for this destination, as a share of the log's limit; by positions, not bytes.
    private static int Pinned(LogUsage usage, IEnumerable<(ILogPartition Partition, long Cursor)> cursors)
    {
        var held = 0L;
        var pinned = 0L;
        foreach (var (partition, cursor) in cursors)
        {
            held += partition.EndPosition - partition.FirstPosition;
            pinned += Math.Max(0, partition.EndPosition - Math.Max(cursor, partition.FirstPosition));
        }

        return held <= 0 || usage.LimitBytes <= 0 ? 0 : (int)Math.Min(1000, 1000.0 * usage.Bytes / usage.LimitBytes * pinned / held);
    }

    private readonly record struct PartitionFigures(ILogPartition Partition, long Cursor, long ParkedEvents);
}
