namespace Postrider.Log.Redis;

/// <summary>What became of the look at a partition: what it told, or why it told nothing.</summary>
internal readonly record struct LookOutcome(PartitionLook? Look, Exception? Failure);
