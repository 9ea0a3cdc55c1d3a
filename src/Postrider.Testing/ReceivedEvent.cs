namespace Postrider.Testing;

/// <summary>One event that arrived at the receiver; of an event that arrived twice there are two, where the receiver keeps both.</summary>
/// <param name="EventId">The event's id, as the receiver sees it.</param>
/// <param name="Content">What arrived, as text in whatever form: the suite looks for a word of the event's body in it. Characters beyond ASCII
/// stand for themselves, not as escapes.</param>
public sealed record ReceivedEvent(string EventId, string Content);
