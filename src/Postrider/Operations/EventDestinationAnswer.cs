namespace Postrider.Operations;

/// <summary>Where an event stands for one destination.</summary>
public sealed record EventDestinationAnswer
{
    /// <summary>The destination.</summary>
    public required string Name { get; init; }

    /// <summary><c>delivered</c>, <c>pending</c>, <c>in-flight</c>, <c>parked</c>, <c>dead-letter</c>, <c>dead-letter-deleted</c>, <c>given-up</c>,
    /// <c>settled</c> or <c>not-routed</c>.</summary>
    public required string State { get; init; }

    /// <summary>For people: why.</summary>
    public string? Reason { get; init; }

    /// <summary>Attempts made, where known.</summary>
    public int? Attempts { get; init; }

    /// <summary>When it is tried again, where known.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>The last failed attempt.</summary>
    public EventErrorAnswer? LastError { get; init; }

    /// <summary>What the receiver answered to it, as text.</summary>
    public string? Answer { get; init; }
}
