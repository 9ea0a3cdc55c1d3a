namespace Postrider.Operations;

/// <summary>What to replay.</summary>
public sealed record ReplayStart
{
    /// <summary>To which destination.</summary>
    public required string Destination { get; init; }

    /// <summary>True: its dead letters; false: the log's events that are routed to it.</summary>
    public required bool OfDeadLetters { get; init; }

    /// <summary>Which of them.</summary>
    public EventFilter Filter { get; init; } = new();

    /// <summary>Of the log: exactly the positions of this skipped range.</summary>
    public string? Skipped { get; init; }

    /// <summary>Events a second at most; null: as fast as the destination takes them.</summary>
    public double? Rate { get; init; }
}
