namespace Postrider.Operations;

/// <summary>An event that one destination gave up on.</summary>
public sealed record DeadLetterReport
{
    /// <summary>The event's id.</summary>
    public required string EventId { get; init; }

    /// <summary>Which destination gave up.</summary>
    public required string Destination { get; init; }

    /// <summary>Why: <c>rejected</c>, <c>gave-up</c>, <c>corrupt</c> or <c>forgotten</c>.</summary>
    public required string Class { get; init; }

    /// <summary>How the last attempt failed, in a word: <c>status</c>, <c>timeout</c>, <c>connect</c>, …</summary>
    public required string ErrorClass { get; init; }

    /// <summary>The HTTP status or the destination's own code, where there was one.</summary>
    public int? Status { get; init; }

    /// <summary>The last failure for people.</summary>
    public required string Message { get; init; }

    /// <summary>The beginning of the receiver's last answer, as text.</summary>
    public required string Answer { get; init; }

    /// <summary>When it was first attempted; null: never.</summary>
    public DateTimeOffset? FirstAttempt { get; init; }

    /// <summary>When it was last attempted; null: never.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>Attempts made.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it became a dead letter.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The event's key; null without one.</summary>
    public string? Key { get; init; }

    /// <summary>The event's type; null without one.</summary>
    public string? Type { get; init; }

    /// <summary>True: later events of its key wait until it is replayed or deleted (<c>onGiveUp: block</c>).</summary>
    public required bool Blocking { get; init; }
}
