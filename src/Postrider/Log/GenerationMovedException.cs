namespace Postrider.Log;

/// <summary>The partition has a new generation or another owner: what the caller knows of it is void. It starts again from the partition's successor.</summary>
internal sealed class GenerationMovedException : Exception
{
    public GenerationMovedException(int partition, long generation)
        : base($"Partition {partition} is no longer in generation {generation}: its storage was restarted, restored or replaced.")
    {
    }

    private GenerationMovedException(string message)
        : base(message)
    {
    }

    /// <summary>Another process may own the partition now.</summary>
    public static GenerationMovedException LeaseLost(int partition) =>
        new($"Partition {partition} is not, or no longer, this process's: another may own it.");
}
