using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Finds about where in a partition a time lies. Clocks step back a little, so what it finds has slack and is narrowed exactly later.</summary>
internal static class PositionSearch
{
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);

    /// <summary>A position with every event received at the time or later behind it.</summary>
    public static Task<long> FindStartAsync(ILogPartition partition, DateTimeOffset since, CancellationToken cancellationToken) =>
        FindAsync(partition, since - Slack, ifUnreadable: partition.FirstPosition, cancellationToken);

    /// <summary>A position with every event received before the time in front of it.</summary>
    public static Task<long> FindEndAsync(ILogPartition partition, DateTimeOffset until, CancellationToken cancellationToken) =>
        FindAsync(partition, until + Slack, ifUnreadable: partition.EndPosition, cancellationToken);

    private static async Task<long> FindAsync(ILogPartition partition, DateTimeOffset at, long ifUnreadable, CancellationToken cancellationToken)
    {
        var low = partition.FirstPosition;
        var high = partition.EndPosition;
        try
        {
            while (low < high)
            {
                var middle = low + ((high - low) / 2);
                var found = await partition.ReadAsync(middle, middle + 1, 1, cancellationToken).ConfigureAwait(false);
                if (found.Count > 0 && found[0].ReceivedAt >= at)
                {
                    high = middle;
                }
                else
                {
                    low = middle + 1;
                }
            }

            return low;
        }
        catch (Exception exception) when (exception is LogCorruptException or NewerEnvelopeException)
        {
            // All that is held is looked at instead.
            return ifUnreadable;
        }
    }
}
