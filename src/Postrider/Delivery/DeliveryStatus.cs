using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Answers how each destination is doing.</summary>
internal sealed class DeliveryStatus(
    IEventLog log, ConcurrentDictionary<string, LiveDestination> live, TimeProvider time, Func<TimeSpan> forgetAfter)
{
    /// <summary>How many of the keys parked longest are listed.</summary>
    public const int MostListed = 10;

    public async Task<IReadOnlyList<DestinationStatus>> ReadAsync(CancellationToken cancellationToken)
    {
        var statuses = new List<DestinationStatus>();
        var usage = log.GetUsage();
        foreach (var destination in live.Values.OrderBy(destination => destination.Name, StringComparer.Ordinal))
        {
            statuses.Add(await ReadAsync(destination, usage, cancellationToken).ConfigureAwait(false));
        }

        // One that leaves the configuration meanwhile has been told of as it was: it must not be told of twice.
        var told = statuses.Select(status => status.Name).ToHashSet(StringComparer.Ordinal);
        var gone = new Dictionary<string, List<(ILogPartition Partition, DestinationRecord Record)>>(StringComparer.Ordinal);
        foreach (var partition in log.Partitions)
        {
            foreach (var record in await AskAsync([], partition.State.LoadDestinationsAsync(cancellationToken)).ConfigureAwait(false))
            {
                if (!told.Contains(record.Name) && !live.ContainsKey(record.Name))
                {
                    gone.TryAdd(record.Name, []);
                    gone[record.Name].Add((partition, record));
                }
            }
        }

        statuses.AddRange(gone.Values.Select(records => Describe(records, usage)));
        return statuses;
    }

    private async Task<DestinationStatus> ReadAsync(LiveDestination destination, LogUsage usage, CancellationToken cancellationToken)
    {
        var dispatchers = destination.Dispatchers;
        var reports = await Task.WhenAll(dispatchers.Select(dispatcher => dispatcher.ReportAsync())).WaitAsync(cancellationToken).ConfigureAwait(false);
        var partitions = dispatchers.Select(dispatcher => dispatcher.Partition).ToArray();
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
            Lag = reports.Sum(report => report.Lag),
            OldestPendingSeconds = await FindOldestAsync(destination.Name, partitions, reports, cancellationToken).ConfigureAwait(false),
            InFlight = reports.Sum(report => report.InFlight),
            ParkedLanes = reports.Sum(report => report.ParkedLanes),
            ParkedEvents = reports.Sum(report => report.ParkedEvents),
            DeadLetters = reports.Sum(report => report.DeadLetters),
            Delivered = reports.Sum(report => report.Delivered),
            FailedAttempts = reports.Sum(report => report.FailedAttempts),
            Reason = reason,
            Until = until,
            Waits = DestinationWaits.Describe(destination, reports, log.HoldParking),
            BlockedLanes = reports.Sum(report => report.BlockedLanes),
            LongestParked = await FindLongestAsync(destination.Name, partitions, reports, cancellationToken).ConfigureAwait(false),
            Configured = true,
            BacklogWarning = destination.BacklogWarning,
            PinnedPerMille = Pinned(usage, reports.Select((report, i) => (partitions[i], report.Cursor))),
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
            Lag = places.Sum(place => place.Partition.EndPosition - place.Record.Progress.ReadPosition + place.Record.Progress.Outstanding.Count),
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

    private async Task<double?> FindOldestAsync(string name, ILogPartition[] partitions, DispatcherReport[] reports, CancellationToken cancellationToken)
    {
        DateTimeOffset? oldest = null;
        for (var i = 0; i < reports.Length; i++)
        {
            var partition = partitions[i];
            long? waiting = reports[i].Cursor < partition.EndPosition ? reports[i].Cursor : null;
            var parked = reports[i].ParkedEvents > 0
                ? await AskAsync(null, partition.State.FindOldestParkedAsync(name, cancellationToken)).ConfigureAwait(false)
                : null;
            foreach (var position in new[] { waiting, parked })
            {
                if (position is { } at
                    && await FindAsync(partition, at, cancellationToken).ConfigureAwait(false) is { } found
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
            var found = head is null ? null : await FindAsync(partition, head.Position, cancellationToken).ConfigureAwait(false);
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

    // A status that fails where the log is damaged would hide just what it has to show.
    private static async Task<Event?> FindAsync(ILogPartition partition, long position, CancellationToken cancellationToken)
    {
        try
        {
            return await partition.GetAsync(position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogCorruptException or NewerEnvelopeException or IOException or LogUnavailableException or GenerationMovedException)
        {
            return null;
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
            pinned += partition.EndPosition - Math.Max(cursor, partition.FirstPosition);
        }

        return held <= 0 || usage.LimitBytes <= 0 ? 0 : (int)Math.Min(1000, 1000.0 * usage.Bytes / usage.LimitBytes * pinned / held);
    }
}
