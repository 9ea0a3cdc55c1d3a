using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Reads what the journal gathers from those who deliver.</summary>
internal sealed class DeliveryFigures(
    IEventLog log, Func<IEnumerable<LiveDestination>> destinations, Func<PartitionDelivery?[]> partitions, PostriderMetrics metrics, DeliveryJournal journal,
    TimeProvider time) : IFigureSource
{
    // Each is looked up in the log, one after the other.
    private const int NewestARound = 256;

    private readonly OldestWaiting _oldest = new(partitions);
    private (long Accepted, long Refused) _taken;
    private int _turn;

    // A dispatcher without events of its own advances only when it is woken: the next reading finds it there.
    public void Prepare()
    {
        foreach (var dispatcher in destinations().SelectMany(destination => destination.Dispatchers).Where(dispatcher => dispatcher.Lag > 0))
        {
            dispatcher.Wake();
        }
    }

    public async Task ReadAsync(FigureRow row, CancellationToken cancellationToken)
    {
        var (accepted, refused) = (metrics.AcceptedEvents, metrics.RefusedRequests);
        (row.Accepted, row.Refused) = (accepted - _taken.Accepted, refused - _taken.Refused);
        _taken = (accepted, refused);
        row.LogBytes = log.GetUsage().Bytes;
        _oldest.BeginRound();
        foreach (var destination in destinations())
        {
            var figures = new DestinationFigures();
            foreach (var counters in destination.Counters)
            {
                counters.TakeInto(figures);
            }

            figures.Lag = destination.Dispatchers.Sum(dispatcher => dispatcher.Lag);
            if (await _oldest.FindAsync(destination, cancellationToken).ConfigureAwait(false) is { } receivedAt)
            {
                figures.OldestMilliseconds = Math.Max(1, (long)(time.GetUtcNow() - receivedAt).TotalMilliseconds);
            }

            if (!figures.IsEmpty)
            {
                row.Destinations[destination.Name] = figures;
            }
        }
    }

    public async Task KeepNewestAsync(string? destination, CancellationToken cancellationToken)
    {
        var all = destinations().Where(live => destination is null || live.Name == destination)
            .SelectMany(live => live.Dispatchers.Select(dispatcher => (Live: live, Dispatcher: dispatcher, Counters: live.CountersOf(dispatcher.Partition.Number))))
            .Where(one => one.Counters.HasNewest).ToList();

        // Where there are more than are looked up at a time, each has its turn.
        var begin = all.Count > NewestARound ? (int)((uint)_turn++ * NewestARound % (uint)all.Count) : 0;
        foreach (var (live, dispatcher, counters) in all.Skip(begin).Concat(all.Take(begin)).Take(NewestARound))
        {
            if (await dispatcher.AskAsync(() => Take(counters)).WaitAsync(cancellationToken).ConfigureAwait(false) is { } delivery)
            {
                journal.Attempts.Keep(await DescribeAsync(live.Name, dispatcher.Partition, delivery, cancellationToken).ConfigureAwait(false));
            }
        }
    }

    private static NewestDelivery? Take(AttemptCounters counters)
    {
        var newest = counters.Newest;
        counters.ClearNewest();
        return newest;
    }

    private async Task<EndedAttempt> DescribeAsync(string destination, ILogPartition partition, NewestDelivery delivery, CancellationToken cancellationToken)
    {
        var @event = await OldestWaiting.FindAsync(partition, delivery.Place.Position, cancellationToken).ConfigureAwait(false);
        return new EndedAttempt
        {
            At = time.GetUtcNow() - time.GetElapsedTime(delivery.EndedAt),
            Destination = destination,
            EventId = @event?.Id ?? EventIdFormat.Format(log.Id, delivery.Place),
            Source = @event?.Source,
            Key = @event?.Key,
            Type = @event?.Type,
            Number = delivery.Number,
            Outcome = EndedAttempt.Outcomes[0],
            Status = delivery.Status,
            Duration = delivery.Duration,
        };
    }
}
