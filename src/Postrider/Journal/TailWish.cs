using Postrider.Events;

namespace Postrider.Journal;

/// <summary>What a listener wants to see; what is null does not narrow.</summary>
internal sealed record TailWish(bool Events, bool Attempts, string? Source, string? Destination, string? Key, string? Type, bool FailedOnly)
{
    public bool Matches(Event @event) => Events && MatchesFields(@event);

    /// <summary>The same before the attempt's record is made, and in the order of what it costs.</summary>
    public bool Matches(string destination, bool delivered, Event @event) =>
        Attempts && !(FailedOnly && delivered) && (Destination is null || Destination == destination) && MatchesFields(@event);

    public bool Matches(EndedAttempt attempt) =>
        Attempts && !(FailedOnly && attempt.Delivered)
        && (Destination is null || Destination == attempt.Destination)
        && (Source is null || Source == attempt.Source)
        && (Key is null || Key == attempt.Key)
        && (Type is null || Type == attempt.Type);

    private bool MatchesFields(Event @event) =>
        (Source is null || Source == @event.Source) && (Key is null || Key == @event.Key) && (Type is null || Type == @event.Type);
}
