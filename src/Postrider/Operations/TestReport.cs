namespace Postrider.Operations;

/// <summary>How a test attempt ended: the answer of <c>POST /api/destinations/{name}/test</c>.</summary>
public sealed record TestReport
{
    /// <summary>The id that the receiver saw; no event of the log has it.</summary>
    public required string EventId { get; init; }

    /// <summary><c>delivered</c>, <c>retry</c>, <c>rejected</c> or <c>not-attempted</c>, after <c>retryOn</c> and <c>rejectOn</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The HTTP status or the destination's own code, where there was one.</summary>
    public int? Status { get; init; }

    /// <summary>A short machine-readable word for a failure; null: it was delivered.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>For people; null: it was delivered.</summary>
    public string? Reason { get; init; }

    /// <summary>What the receiver answered to a failed attempt, as text.</summary>
    public string? Answer { get; init; }

    /// <summary>How long it took.</summary>
    public required double Milliseconds { get; init; }
}
