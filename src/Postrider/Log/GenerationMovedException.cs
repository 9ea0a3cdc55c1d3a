namespace Postrider.Log;

/// <summary>The partition has a new generation: what the caller knows of it is void. It starts again from the partition's successor.</summary>
internal sealed class GenerationMovedException(int partition, long generation)
    : Exception($"Partition {partition} is no longer in generation {generation}: its storage was restarted, restored or replaced.");
