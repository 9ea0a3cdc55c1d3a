using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>What happened a second between two looks at a server.</summary>
internal sealed class StatusRates
{
    private readonly Dictionary<string, (double Delivered, double Failed)> _destinations = new(StringComparer.Ordinal);

    private StatusRates(double accepted) => Accepted = accepted;

    /// <summary>Events stored.</summary>
    public double Accepted { get; }

    /// <summary>Compares two looks; null: there is nothing to compare, because the server or its log is another now.</summary>
    public static StatusRates? Between(ServerStatus before, ServerStatus now, TimeSpan elapsed)
    {
        if (elapsed <= TimeSpan.Zero || before.StartedAt != now.StartedAt || before.Log.Id != now.Log.Id)
        {
            return null;
        }

        var rates = new StatusRates(Rate(StoredIn(before), StoredIn(now), elapsed));
        foreach (var destination in now.Destinations)
        {
            if (before.Destinations.FirstOrDefault(other => other.Name == destination.Name) is { } earlier)
            {
                rates._destinations[destination.Name] = (
                    Rate(earlier.Delivered, destination.Delivered, elapsed), Rate(earlier.FailedAttempts, destination.FailedAttempts, elapsed));
            }
        }

        return rates;
    }

    /// <summary>Events delivered and attempts failed; null: the destination is new.</summary>
    public (double Delivered, double Failed)? Of(string destination) => _destinations.TryGetValue(destination, out var rates) ? rates : null;

    private static long StoredIn(ServerStatus status) => status.Log.Partitions.Sum(partition => partition.EndPosition);

    // Counters that jump back were reset.
    private static double Rate(long before, long now, TimeSpan elapsed) => Math.Max(0, (now - before) / elapsed.TotalSeconds);
}
