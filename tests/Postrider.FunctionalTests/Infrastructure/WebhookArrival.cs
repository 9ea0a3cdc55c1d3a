namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>One delivery as its receiver saw it.</summary>
/// <param name="At">When, as a timestamp of the system's clock.</param>
/// <param name="Path">Where to, so that a test can tell senders apart.</param>
/// <param name="Id">Its <c>webhook-id</c>.</param>
/// <param name="Attempt">Its <c>postrider-attempt</c>.</param>
/// <param name="Sequence">Its <c>postrider-sequence</c>.</param>
/// <param name="IsSigned">Whether a signature of it verifies.</param>
/// <param name="UserId">The event's user.</param>
/// <param name="Payload">The event's payload; a string's own text.</param>
/// <param name="Body">All of it.</param>
internal sealed record WebhookArrival(long At, string Path, string Id, int Attempt, long Sequence, bool IsSigned, string UserId, string Payload, string Body);
