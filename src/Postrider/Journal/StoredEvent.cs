using Postrider.Events;

namespace Postrider.Journal;

/// <summary>What a tail shows of an event: it holds neither the event nor its body.</summary>
internal sealed record StoredEvent(string Id, DateTimeOffset ReceivedAt, string Source, string? Key, string? Type, int BodyBytes)
{
    public static StoredEvent Of(Event @event) => new(@event.Id, @event.ReceivedAt, @event.Source, @event.Key, @event.Type, @event.Body.Length);
}
