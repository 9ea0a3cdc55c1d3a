using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Gives up the oldest part of a destination's unread backlog. What is in lanes, in flight or parked stays.</summary>
/// <remarks>While the events are counted the destination reads nothing, so the range that is counted is the range that is given up;
/// what it holds already is delivered meanwhile. Then all happens at once: the read position moves and the range is recorded.</remarks>
internal sealed partial class Skips(Func<string, LiveDestination?> find, Func<RouteTable> routes, OwnerCalls owners, TimeProvider time, ILogger<Skips> logger)
{
    /// <summary>In all partitions: what was received before the time, or all that is there now.</summary>
    public async Task<SkipResult?> SkipAsync(
        string destination, IReadOnlyList<ILogPartition> partitions, DateTimeOffset? before, string reason, CancellationToken cancellationToken)
    {
        if (find(destination) is not { } live)
        {
            return null;
        }

        var ends = partitions.Select(partition => partition.EndPosition).ToList();
        var sum = new SkipResult(0, 0);
        for (var i = 0; i < partitions.Count; i++)
        {
            var skipped = await SkipAsync(live, partitions[i], ends[i], before, reason, cancellationToken).ConfigureAwait(false)
                ?? await AskAsync(partitions[i].Number, new OwnerRequest { Kind = OwnerRequest.Skip, Destination = destination, End = ends[i], Before = before, Reason = reason }, cancellationToken)
                    .ConfigureAwait(false);
            sum = new SkipResult(sum.Positions + skipped.Positions, sum.Events + skipped.Events);
        }

        return sum;
    }

    /// <summary>In one partition, below the position. Null: this process does not deliver from it.</summary>
    public async Task<SkipResult?> SkipAsync(
        LiveDestination live, ILogPartition partition, long end, DateTimeOffset? before, string reason, CancellationToken cancellationToken)
    {
        if (live.DispatcherOf(partition.Number)?.Curation is not { } curation)
        {
            return null;
        }

        await curation.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await curation.HoldReadingAsync().ConfigureAwait(false) is not { } from)
            {
                return null;
            }

            try
            {
                var (to, events) = await CountAsync(live, partition, from, end, before, cancellationToken).ConfigureAwait(false);
                var range = new GivenUpRange(live.Name, from, to, events, reason, time.GetUtcNow());
                if (to <= from)
                {
                    return new SkipResult(0, 0);
                }

                if (!await curation.GiveUpAsync(range).ConfigureAwait(false))
                {
                    return null;
                }

                Log.Skipped(logger, live.Name, events, from, to, reason);
                return new SkipResult(to - from, events);
            }
            finally
            {
                await curation.ResumeReadingAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            curation.Gate.Release();
        }
    }

    private async Task<SkipResult> AskAsync(int partition, OwnerRequest request, CancellationToken cancellationToken)
    {
        var answer = await owners.AskAsync(partition, request, cancellationToken).ConfigureAwait(false);
        return new SkipResult(answer.Count, answer.Events);
    }

    // A piece at a time, up to the first event that stays.
    private async Task<(long To, long Events)> CountAsync(
        LiveDestination live, ILogPartition partition, long from, long end, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var table = routes();
        var count = 0L;
        while (from < end)
        {
            IReadOnlyList<Event> events;
            try
            {
                events = await partition.ReadAsync(from, end, DispatcherLimits.ReadBytes, cancellationToken).ConfigureAwait(false);
            }
            catch (LogCorruptException)
            {
                // A damaged record could not be delivered either: it goes with the others.
                from++;
                continue;
            }

            foreach (var @event in events)
            {
                if (@event.ReceivedAt >= before)
                {
                    return (@event.Position, count);
                }

                count += table.Route(@event).Contains(live.Slot) ? 1 : 0;
            }

            if (events.Count == 0)
            {
                break;
            }

            from = events[^1].Position + 1;
        }

        return (from, count);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.BacklogSkipped, LogLevel.Warning, "Destination {Destination}: {Events} events from position {From} to before {To} are given up: {Reason}. They can be replayed while the log holds them.")]
        public static partial void Skipped(ILogger logger, string destination, long events, long from, long to, string reason);
    }
}
