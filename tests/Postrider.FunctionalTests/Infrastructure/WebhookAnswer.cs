namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>What a receiver does with a delivery.</summary>
/// <param name="Status">The status that it answers.</param>
/// <param name="Body">The answer's text.</param>
/// <param name="RetryAfterSeconds">With <c>Retry-After</c>.</param>
/// <param name="Until">It waits for this first; null: it answers at once.</param>
internal sealed record WebhookAnswer(int Status, string Body = "", int? RetryAfterSeconds = null, Task? Until = null)
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    public static WebhookAnswer Ok { get; } = new(200);

    public static WebhookAnswer Failing { get; } = new(503, "busy");

    /// <summary>Never answers: the sender's deadline ends it.</summary>
    public static WebhookAnswer Hanging { get; } = new(200, Until: Never);

    /// <summary>Breaks the connection.</summary>
    public static WebhookAnswer Breaking { get; } = new(0);
}
