using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Waits for the saves of several partitions, never longer than whoever waits may.</summary>
internal static class LastSaves
{
    // However late it is: a save that the storage answers at all takes a fraction of it.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>Completes when all that changed until now is on stable storage.</summary>
    public static Task FlushAsync(IEnumerable<PartitionDelivery> partitions) => Task.WhenAll(partitions.Select(partition => partition.Saver.FlushAsync()));

    /// <summary>The same, for so long at most.</summary>
    /// <exception cref="LogUnavailableException">It took longer.</exception>
    public static async Task FlushAsync(IEnumerable<PartitionDelivery> partitions, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(partitions).WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new LogUnavailableException("Progress cannot be saved now, so nothing can be changed.", Shortest, e);
        }
    }

    /// <summary>Ends the savers, all at once. Where the storage does not answer, the last saves are given up: what they would have held is delivered again.</summary>
    public static async Task EndAsync(IEnumerable<PartitionDelivery> partitions, TimeSpan left, TimeProvider time)
    {
        var savers = partitions.Select(partition => partition.Saver).ToList();
        using var limit = new CancellationTokenSource();
        var ends = Task.WhenAll(savers.Select(saver => saver.DisposeAsync().AsTask()));
        if (await Task.WhenAny(ends, Task.Delay(left > Shortest ? left : Shortest, time, limit.Token)).ConfigureAwait(false) != ends)
        {
            await Task.WhenAll(savers.Select(saver => saver.AbandonAsync().AsTask())).ConfigureAwait(false);
        }

        await limit.CancelAsync().ConfigureAwait(false);
        await ends.ConfigureAwait(false);
    }
}
