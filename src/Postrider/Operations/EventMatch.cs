using System.Text;
using Postrider.Events;

namespace Postrider.Operations;

/// <summary>Whether an event is one that a search looks for; asked in the order of what the answers cost.</summary>
internal sealed class EventMatch(EventSearch search)
{
    private readonly EventFilter _filter = search.Filter;
    private readonly ulong? _keyHash = search.Filter.Key is { } key ? EventEnvelope.HashKey(Encoding.UTF8.GetBytes(key)) : null;

    public bool Matches(Event @event) =>
        (_keyHash is not { } hash || (@event.IsKeyed && @event.KeyHash == hash))
        && !(@event.ReceivedAt < _filter.Since)
        && !(@event.ReceivedAt >= _filter.Until)
        && (search.Source is null || @event.Source == search.Source)
        && (_filter.Type is null || @event.Type == _filter.Type)
        && (_filter.Key is null || @event.Key == _filter.Key);
}
