namespace Postrider.Operations;

/// <summary>One destination's figures over time; the points are those of the report.</summary>
public sealed record DestinationHistory
{
    /// <summary>The destination.</summary>
    public required string Name { get; init; }

    /// <summary>Events delivered, a second.</summary>
    public required IReadOnlyList<double?> Delivered { get; init; }

    /// <summary>Attempts that failed, a second: retried and rejected.</summary>
    public required IReadOnlyList<double?> Failed { get; init; }

    /// <summary>Events of the log not settled, at each point's end.</summary>
    public required IReadOnlyList<double?> Lag { get; init; }

    /// <summary>Age in seconds of the oldest event that waits, at each point's end.</summary>
    public required IReadOnlyList<double?> OldestPendingSeconds { get; init; }

    /// <summary>Half of the attempts of a point took at most so many seconds; null without attempts.</summary>
    public required IReadOnlyList<double?> P50Seconds { get; init; }

    /// <summary>Ninety-nine of a hundred attempts of a point took at most so many seconds; null without attempts.</summary>
    public required IReadOnlyList<double?> P99Seconds { get; init; }

    /// <summary>Attempts of the whole time by outcome: <c>delivered</c>, <c>retry</c>, <c>rejected</c>, and failures by class (<c>timeout</c>, <c>status</c>, …).</summary>
    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }
}
