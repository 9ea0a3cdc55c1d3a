using Postrider.Events;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>A durable batch with its events' routes decided. Immutable.</summary>
internal sealed class RingBatch
{
    // Most batches go one way; then no list per destination is needed.
    private readonly DestinationSet? _common;
    private readonly Dictionary<int, List<Event>>? _bySlot;

    public RingBatch(long first, IReadOnlyList<Event> events, RouteTable routes)
    {
        First = first;
        Events = events;
        _common = routes.Route(events[0]);
        foreach (var @event in events)
        {
            Weight += @event.Weight;
            if (_common is not null && routes.Route(@event) != _common)
            {
                _common = null;
            }
        }

        if (_common is null)
        {
            _bySlot = Split(events, routes);
        }
    }

    public long First { get; }

    public long End => First + Events.Count;

    public IReadOnlyList<Event> Events { get; }

    public long Weight { get; }

    /// <summary>The destinations that it holds something for.</summary>
    public IEnumerable<int> Slots => _bySlot is not null ? _bySlot.Keys : _common!.Slots.ToArray();

    public IReadOnlyList<Event> EventsOf(int slot) =>
        _bySlot is null
            ? _common!.Contains(slot) ? Events : []
            : _bySlot.TryGetValue(slot, out var own) ? own : [];

    private static Dictionary<int, List<Event>> Split(IReadOnlyList<Event> events, RouteTable routes)
    {
        var bySlot = new Dictionary<int, List<Event>>();
        foreach (var @event in events)
        {
            foreach (var slot in routes.Route(@event).Slots)
            {
                if (!bySlot.TryGetValue(slot, out var own))
                {
                    bySlot.Add(slot, own = []);
                }

                own.Add(@event);
            }
        }

        return bySlot;
    }
}
