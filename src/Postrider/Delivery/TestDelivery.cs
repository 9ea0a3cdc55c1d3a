namespace Postrider.Delivery;

/// <summary>How a test attempt ended.</summary>
/// <param name="EventId">The id that the receiver saw.</param>
/// <param name="Outcome"><c>delivered</c>, <c>retry</c>, <c>rejected</c> or <c>not-attempted</c>, after <c>retryOn</c> and <c>rejectOn</c>.</param>
/// <param name="Status">The HTTP status or the destination's own code, where there was one.</param>
/// <param name="ErrorClass">A short machine-readable word for a failure; null: it was delivered.</param>
/// <param name="Reason">For people; null: it was delivered.</param>
/// <param name="Answer">What the receiver answered to a failed attempt, as text.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record TestDelivery(string EventId, string Outcome, int? Status, string? ErrorClass, string? Reason, string? Answer, TimeSpan Duration);
