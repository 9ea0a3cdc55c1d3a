namespace Postrider.Operations;

/// <summary>Part of a request that the gateway could not use although it took the rest.</summary>
public sealed record RejectedEventReport
{
    /// <summary>The source that sent it.</summary>
    public required string Source { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Its beginning as it was received, as text.</summary>
    public required string Body { get; init; }
}
