using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>What the dispatchers of one partition share.</summary>
internal sealed record PartitionDelivery(ILogPartition Partition, BatchRing Ring, StateSaver Saver);
