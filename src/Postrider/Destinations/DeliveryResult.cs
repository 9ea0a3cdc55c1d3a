namespace Postrider.Destinations;

/// <summary>The result of one attempt for one event.</summary>
public sealed record DeliveryResult
{
    /// <summary>Most bytes of a receiver's answer that are kept.</summary>
    public const int MaxAnswerBytes = 1024;

    private static readonly DeliveryResult[] DeliveredByStatus =
        [.. Enumerable.Range(200, 100).Select(status => new DeliveryResult { Outcome = DeliveryOutcome.Delivered, Status = status })];

    private static readonly DeliveryResult DeliveredPlain = new() { Outcome = DeliveryOutcome.Delivered };

    private DeliveryResult()
    {
    }

    /// <summary>Not tried; counts as no attempt.</summary>
    public static DeliveryResult NotAttempted { get; } = new() { Outcome = DeliveryOutcome.NotAttempted };

    /// <summary>What became of it.</summary>
    public required DeliveryOutcome Outcome { get; init; }

    /// <summary>The HTTP status or the destination's own code; null where there was none.</summary>
    public int? Status { get; init; }

    /// <summary>A short machine-readable word for a failure: <c>status</c>, <c>timeout</c>, <c>connect</c>, <c>tls</c>, <c>dns</c>,
    /// <c>blocked</c>, <c>protocol</c>, or a destination's own. Used as <c>error.type</c>.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>For people: one short line, without payload or secret.</summary>
    public string? Reason { get; init; }

    /// <summary>The receiver asked not to be tried again before this long; null: it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The first KiB of the receiver's answer to a failed attempt.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>The receiver has it.</summary>
    public static DeliveryResult Delivered(int? status = null) =>
        status is >= 200 and < 300 ? DeliveredByStatus[status.Value - 200]
        : status is null ? DeliveredPlain
        : new DeliveryResult { Outcome = DeliveryOutcome.Delivered, Status = status };

    /// <summary>It failed in a way that a later attempt may cure.</summary>
    public static DeliveryResult Retry(string errorClass, string reason, int? status = null, TimeSpan? retryAfter = null, ReadOnlyMemory<byte> answer = default) =>
        new() { Outcome = DeliveryOutcome.Retry, ErrorClass = errorClass, Reason = reason, Status = status, RetryAfter = retryAfter, Answer = Cap(answer) };

    /// <summary>The receiver will never take it.</summary>
    public static DeliveryResult Rejected(string errorClass, string reason, int? status = null, ReadOnlyMemory<byte> answer = default) =>
        new() { Outcome = DeliveryOutcome.Rejected, ErrorClass = errorClass, Reason = reason, Status = status, Answer = Cap(answer) };

    private static ReadOnlyMemory<byte> Cap(ReadOnlyMemory<byte> answer) => answer.Length <= MaxAnswerBytes ? answer : answer[..MaxAnswerBytes];
}
