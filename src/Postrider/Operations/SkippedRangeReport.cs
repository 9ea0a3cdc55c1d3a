namespace Postrider.Operations;

/// <summary>Positions of the log that a destination will never get unless they are replayed.</summary>
public sealed record SkippedRangeReport
{
    /// <summary>Names it for a replay.</summary>
    public required string Id { get; init; }

    /// <summary>Whose.</summary>
    public required string Destination { get; init; }

    /// <summary>The first position.</summary>
    public required long From { get; init; }

    /// <summary>The position behind the last.</summary>
    public required long Before { get; init; }

    /// <summary>How many of them were routed there and not delivered.</summary>
    public required long Events { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}
