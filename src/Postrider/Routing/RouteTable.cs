using System.Collections.Frozen;
using Postrider.Configuration;
using Postrider.Events;

namespace Postrider.Routing;

/// <summary>Which destinations get an event: the source's connections, narrowed by the request. Immutable; a reload makes a new one.</summary>
internal sealed class RouteTable
{
    private const string EverySource = "*";

    private readonly FrozenDictionary<string, DestinationSet> _bySource;
    private readonly DestinationSet _bySourceUnknown;
    private readonly FrozenDictionary<string, int> _slots;
    private readonly FrozenDictionary<string, string> _texts;

    public RouteTable(PostriderConfig config, DestinationSlots slots)
    {
        _slots = config.Destinations.Keys.ToFrozenDictionary(name => name, name => slots[name], StringComparer.Ordinal);
        var all = new DestinationSet(_slots.Values);
        if (config.Connections is null)
        {
            _bySource = FrozenDictionary<string, DestinationSet>.Empty;
            _bySourceUnknown = all;
        }
        else
        {
            _bySource = config.Connections
                .GroupBy(connection => connection.From, StringComparer.Ordinal)
                .ToFrozenDictionary(
                    group => group.Key,
                    group => new DestinationSet(group.Where(c => _slots.ContainsKey(c.To)).Select(c => _slots[c.To])),
                    StringComparer.Ordinal);
            _bySourceUnknown = DestinationSet.None;
        }

        _texts = _slots.Keys.ToFrozenDictionary(name => name, name => Describe(config, name), StringComparer.Ordinal);
    }

    public DestinationSet Route(Event @event)
    {
        var connected = _bySource.GetValueOrDefault(@event.Source, _bySourceUnknown);
        return @event.RequestedDestinations is { } requested ? Narrow(connected, requested) : connected;
    }

    /// <summary>The destination's routes as a text that is kept with the log, so that an event's story can be computed later.</summary>
    public string TextOf(string destination) => _texts.GetValueOrDefault(destination, "");

    /// <summary>Whether routes kept earlier as a text led an event to a destination.</summary>
    public static bool Matches(string text, string destination, Event @event) =>
        (text == EverySource || text.Split(',').Contains(@event.Source, StringComparer.Ordinal))
        && (@event.RequestedDestinations is not { } requested || requested.Contains(destination, StringComparer.Ordinal));

    private static string Describe(PostriderConfig config, string destination) =>
        config.Connections is null
            ? EverySource
            : string.Join(',', config.Connections.Where(c => c.To == destination).Select(c => c.From).Order(StringComparer.Ordinal));

    private DestinationSet Narrow(DestinationSet connected, IReadOnlyList<string> requested)
    {
        if (requested.Count == 0)
        {
            return DestinationSet.None;
        }

        var slots = new List<int>(requested.Count);
        foreach (var name in requested)
        {
            if (_slots.TryGetValue(name, out var slot) && connected.Contains(slot))
            {
                slots.Add(slot);
            }
        }

        return new DestinationSet(slots);
    }
}
