namespace Postrider.Operations;

/// <summary>How a replay is doing.</summary>
public sealed record ReplayAnswer
{
    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>Which destination gets the events again.</summary>
    public required string Destination { get; init; }

    /// <summary><c>dead-letters</c> or <c>log</c>.</summary>
    public required string Source { get; init; }

    /// <summary><c>running</c>, <c>done</c>, <c>cancelled</c> or <c>failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Which of them.</summary>
    public required EventFilter Filters { get; init; }

    /// <summary>Events a second at most; null: as fast as the destination takes them.</summary>
    public double? Rate { get; init; }

    /// <summary>Events replayed so far: put back into their lanes, and delivered from there.</summary>
    public required long Events { get; init; }

    /// <summary>How many there are, as counted at the start; of the log: an upper bound.</summary>
    public required long Total { get; init; }

    /// <summary>How far it is, from 0 to 1.</summary>
    public required double Part { get; init; }

    /// <summary>Why it waits or failed; null: it does neither.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; null: it has not.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
