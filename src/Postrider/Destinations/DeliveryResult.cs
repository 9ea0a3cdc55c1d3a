namespace Postrider.Destinations;

/// <summary>The result of one attempt for one event. Immutable; one instance may stand for many events.</summary>
public sealed record DeliveryResult
{
    /// <summary>Most bytes of a receiver's answer that are kept.</summary>
    public const int MaxAnswerBytes = 1024;

    /// <summary>The class of what <see cref="Refused"/> makes.</summary>
    internal const string RefusedClass = "auth";

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

    /// <summary>The HTTP status or the destination's own code; null where there was none. The user's <c>retryOn</c> and <c>rejectOn</c> look at it,
    /// and 401, 403, 404, 407 and 410 on every event are taken as the whole destination's fault: give a code of your own only where it
    /// means what the HTTP status means, or lies outside of 100 to 599.</summary>
    public int? Status { get; init; }

    /// <summary>A short machine-readable word for a failure: <c>status</c>, <c>timeout</c>, <c>connect</c>, <c>tls</c>, <c>dns</c>,
    /// <c>blocked</c>, <c>protocol</c>, <c>auth</c> (see <see cref="Refused"/>), or a destination's own. Used as <c>error.type</c>.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>For people: one short line, without payload or secret.</summary>
    public string? Reason { get; init; }

    /// <summary>The receiver asked not to be tried again before this long; null: it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The first <see cref="MaxAnswerBytes"/> of the receiver's answer to a failed attempt; empty where there was none. It is kept
    /// with the dead letter and shown to operators.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>The receiver has it for good.</summary>
    /// <param name="status">The HTTP status or the destination's own code.</param>
    public static DeliveryResult Delivered(int? status = null) =>
        status is >= 200 and < 300 ? DeliveredByStatus[status.Value - 200]
        : status is null ? DeliveredPlain
        : new DeliveryResult { Outcome = DeliveryOutcome.Delivered, Status = status };

    /// <summary>It failed in a way that a later attempt may cure.</summary>
    /// <param name="errorClass">A short machine-readable word, see <see cref="ErrorClass"/>.</param>
    /// <param name="reason">For people: one short line, without payload or secret.</param>
    /// <param name="status">The HTTP status or the destination's own code.</param>
    /// <param name="retryAfter">The receiver asked not to be tried again before this long. At most <c>retry.max</c> is waited.</param>
    /// <param name="answer">What the receiver answered; cut to <see cref="MaxAnswerBytes"/>.</param>
    public static DeliveryResult Retry(string errorClass, string reason, int? status = null, TimeSpan? retryAfter = null, ReadOnlyMemory<byte> answer = default) =>
        new() { Outcome = DeliveryOutcome.Retry, ErrorClass = errorClass, Reason = reason, Status = status, RetryAfter = retryAfter, Answer = Cap(answer) };

    /// <summary>The destination lets nobody in: a wrong password, a missing right. Only a person can help, and no event is to blame: the event is
    /// retried and never given up for it, and the destination as a whole is held at once, state <c>rejecting</c>, until a try now and then works.
    /// Its class is <c>auth</c>.</summary>
    /// <param name="reason">For people: one short line, without payload or secret.</param>
    /// <param name="status">The destination's own code.</param>
    /// <param name="answer">What the destination answered; cut to <see cref="MaxAnswerBytes"/>.</param>
    public static DeliveryResult Refused(string reason, int? status = null, ReadOnlyMemory<byte> answer = default) =>
        Retry(RefusedClass, reason, status, answer: answer);

    /// <summary>The receiver will never take it.</summary>
    /// <param name="errorClass">A short machine-readable word, see <see cref="ErrorClass"/>.</param>
    /// <param name="reason">For people: one short line, without payload or secret.</param>
    /// <param name="status">The HTTP status or the destination's own code.</param>
    /// <param name="answer">What the receiver answered; cut to <see cref="MaxAnswerBytes"/>.</param>
    public static DeliveryResult Rejected(string errorClass, string reason, int? status = null, ReadOnlyMemory<byte> answer = default) =>
        new() { Outcome = DeliveryOutcome.Rejected, ErrorClass = errorClass, Reason = reason, Status = status, Answer = Cap(answer) };

    private static ReadOnlyMemory<byte> Cap(ReadOnlyMemory<byte> answer) => answer.Length <= MaxAnswerBytes ? answer : answer[..MaxAnswerBytes];
}
