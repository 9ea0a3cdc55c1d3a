using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Makes what delivers a partition, out of what all partitions of the process share.</summary>
internal sealed class DispatcherMaker(
    IEventLog log,
    DeliveryBudget budget,
    PostriderMetrics metrics,
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
        partition.Listen(opened.Ring.Add);
        opened.Saver.Start();
        return opened;
    }

    /// <summary>A dispatcher that begins where the record says; it is to be loaded and started.</summary>
    public Dispatcher Make(LiveDestination live, DestinationRecord record, PartitionDelivery partition) => new(
        live, record, log, partition.Partition, partition.Ring, budget, partition.Saver, metrics, time, random, limits, throttle,
        loggers.CreateLogger<Dispatcher>());
}
