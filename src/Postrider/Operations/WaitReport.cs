namespace Postrider.Operations;

/// <summary>Something that a destination waits for.</summary>
/// <param name="For"><c>resume</c> (paused or disabled), <c>breaker</c>, <c>rate-limit</c>, <c>slot</c>, <c>save</c>, <c>catch-up</c>,
/// <c>batch</c>, <c>memory</c>, <c>window</c>, <c>parked-keys</c>, <c>space</c>, <c>retry</c> or <c>operator</c> (a blocked key).</param>
/// <param name="Until">Until when, where that is known.</param>
/// <param name="Reason">For people: one line.</param>
public sealed record WaitReport(string For, DateTimeOffset? Until, string Reason);
