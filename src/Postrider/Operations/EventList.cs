namespace Postrider.Operations;

/// <summary>A page of events, newest first.</summary>
/// <param name="Items">The events.</param>
/// <param name="Next">Asks for the next page, also where this one is empty: a search looks at a bounded part of the log at a time. Null: the log's oldest event was looked at.</param>
/// <param name="Scanned">Events looked at for this page.</param>
/// <param name="OldestLookedAt">When the oldest of them was received; null: none was looked at.</param>
public sealed record EventList(IReadOnlyList<EventSummary> Items, string? Next, long Scanned, DateTimeOffset? OldestLookedAt);
