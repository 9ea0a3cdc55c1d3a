using Postrider.Operations;

namespace Postrider.WebConsole.Live;

/// <summary>Works out speeds from what was counted a few moments apart. Not safe for use by several threads.</summary>
internal sealed class Paces
{
    // Long enough to be calm, short enough to be now.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // Below that a growth is noise: segments are freed and reserved in steps.
    private static readonly TimeSpan LeastGrowthTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GrowthWindow = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FarAway = TimeSpan.FromDays(30);

    private readonly Queue<(DateTimeOffset At, ServerStatus Status)> _recent = new();
    private readonly Queue<(DateTimeOffset At, long Bytes)> _sizes = new();

    /// <summary>Forgets what it knows: nobody looked for a while.</summary>
    public void Clear()
    {
        _recent.Clear();
        _sizes.Clear();
    }

    /// <summary>Takes a status, and says how fast things are.</summary>
    public LiveSnapshot Take(DateTimeOffset at, ServerStatus status)
    {
        _recent.Enqueue((at, status));
        while (_recent.Count > 2 && at - _recent.Peek().At > Window)
        {
            _recent.Dequeue();
        }

        var (since, first) = _recent.Peek();
        var seconds = (at - since).TotalSeconds;
        return new LiveSnapshot
        {
            At = at,
            Status = status,
            Accepted = seconds > 0 ? Math.Max(0, EndOf(status) - EndOf(first)) / seconds : null,
            Paces = seconds > 0 ? Compare(first, status, seconds) : new Dictionary<string, DestinationPace>(),
            UntilFull = FindUntilFull(at, status.Log),
            Standings = [.. status.Destinations.Select(Standing.Of).OrderBy(standing => standing.Urgency).ThenBy(standing => standing.Report.Name, StringComparer.Ordinal)],
        };
    }

    private static long EndOf(ServerStatus status) => status.Log.Partitions.Sum(partition => partition.EndPosition);

    private static Dictionary<string, DestinationPace> Compare(ServerStatus first, ServerStatus last, double seconds)
    {
        var before = first.Destinations.ToDictionary(destination => destination.Name, StringComparer.Ordinal);
        return last.Destinations.ToDictionary(
            destination => destination.Name,
            destination => before.TryGetValue(destination.Name, out var old)
                ? new DestinationPace(Math.Max(0, destination.Delivered - old.Delivered) / seconds, Math.Max(0, destination.FailedAttempts - old.FailedAttempts) / seconds)
                : default,
            StringComparer.Ordinal);
    }

    private TimeSpan? FindUntilFull(DateTimeOffset at, LogStatus log)
    {
        _sizes.Enqueue((at, log.UnsettledBytes));
        while (at - _sizes.Peek().At > GrowthWindow)
        {
            _sizes.Dequeue();
        }

        var (since, bytes) = _sizes.Peek();
        var growth = log.UnsettledBytes - bytes;
        if (growth <= 0 || at - since < LeastGrowthTime || log.LimitBytes <= log.UnsettledBytes)
        {
            return null;
        }

        var left = (log.LimitBytes - log.UnsettledBytes) / (growth / (at - since).TotalSeconds);
        return left < FarAway.TotalSeconds ? TimeSpan.FromSeconds(left) : null;
    }
}
