namespace Postrider.Operations;

/// <summary>One line of a live tail: exactly one of the three is there.</summary>
/// <param name="Event">An event was stored.</param>
/// <param name="Attempt">An attempt ended.</param>
/// <param name="Missed">So many lines were left out, because they came faster than they were read.</param>
public sealed record TailItem(EventSummary? Event = null, AttemptReport? Attempt = null, long Missed = 0);
