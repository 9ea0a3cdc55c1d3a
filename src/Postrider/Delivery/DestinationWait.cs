namespace Postrider.Delivery;

/// <summary>Something that a destination waits for.</summary>
/// <param name="For">A short word: <c>resume</c>, <c>breaker</c>, <c>rate-limit</c>, <c>slot</c>, <c>save</c>, <c>lease</c>, <c>catch-up</c>, <c>batch</c>,
/// <c>memory</c>, <c>window</c>, <c>parked-keys</c>, <c>space</c>, <c>retry</c>, <c>operator</c>.</param>
/// <param name="Until">Until when, where that is known.</param>
/// <param name="Reason">For people: one line.</param>
internal sealed record DestinationWait(string For, DateTimeOffset? Until, string Reason);
