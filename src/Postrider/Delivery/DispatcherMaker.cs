using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Journal;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Makes what delivers a partition, out of what all partitions of the process share.</summary>
internal sealed class DispatcherMaker(
    IEventLog log,
    DeliveryBudget budget,
    PostriderMetrics metrics,
    DeliveryJournal journal,
    TimeProvider time,
    Func<double> random,
    DispatcherLimits limits,
    CatchUpThrottle throttle,
    ILoggerFactory loggers)
{
    private const long RingBytes = 32 << 20;

    /// <summary>Begins to listen to a partition.</summary>
    public PartitionDelivery Open(ILogPartition partition, RouteTable routes)
    {
        var opened = new PartitionDelivery(
            partition,
            new BatchRing(RingBytes / log.Partitions.Count, routes),
            new StateSaver(partition, time, loggers.CreateLogger<StateSaver>()));

        // A partition has one listener: delivery first, then who only watches.
        partition.Listen(batch =>
        {
            opened.Ring.Add(batch);
            journal.Tail.Stored(batch);
        });
        opened.Saver.Start();
        return opened;
    }

    /// <summary>A dispatcher that begins where the record says; it is to be loaded and started.</summary>
    public Dispatcher Make(LiveDestination live, DestinationRecord record, PartitionDelivery partition)
    {
        var logger = loggers.CreateLogger<Dispatcher>();
        var counting = new AttemptCounting(live, partition.Partition.Number, metrics, journal, time, logger);
        return new Dispatcher(
            live, record, log, partition.Partition, partition.Ring, budget, partition.Saver, counting, time, random, limits, throttle, logger);
    }
}
