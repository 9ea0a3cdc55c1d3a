namespace Postrider.Journal;

/// <summary>One line of a live tail: exactly one of the three is there.</summary>
internal readonly record struct TailLine(StoredEvent? Event, EndedAttempt? Attempt, long Missed);
