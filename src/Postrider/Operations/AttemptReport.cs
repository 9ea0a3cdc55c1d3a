namespace Postrider.Operations;

/// <summary>One attempt that was kept.</summary>
public sealed record AttemptReport
{
    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Which destination.</summary>
    public required string Destination { get; init; }

    /// <summary>Which event.</summary>
    public required string EventId { get; init; }

    /// <summary>The event's key; null without one.</summary>
    public string? Key { get; init; }

    /// <summary>The event's type; null without one.</summary>
    public string? Type { get; init; }

    /// <summary>The how-manieth of this event there: 1 is the first.</summary>
    public required int Number { get; init; }

    /// <summary><c>delivered</c>, <c>retry</c> or <c>rejected</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The HTTP status or the destination's own code, where there was one.</summary>
    public int? Status { get; init; }

    /// <summary>How it failed, in a word: <c>status</c>, <c>timeout</c>, <c>connect</c>, …; null: it did not.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>The failure for people; null: it did not fail.</summary>
    public string? Message { get; init; }

    /// <summary>The beginning of the receiver's answer to a failed attempt, as text; null: none, or the caller may not see payloads.</summary>
    public string? Answer { get; init; }

    /// <summary>How long it took.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>When the event is tried again; null: it is not, or that is not known.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}
