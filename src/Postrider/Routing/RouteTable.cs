using System.Collections.Frozen;
using Postrider.Configuration;
using Postrider.Events;

namespace Postrider.Routing;

/// <summary>Which destinations get an event: the source's connections, narrowed by the request. Immutable; a reload makes a new one.</summary>
/// <remarks>
/// What a request asks for are names as the configuration has them. What it leaves out are names as it wrote them: each means the destinations
/// that have it as their name or alias, upper and lower case alike, also those that come later.
/// </remarks>
internal sealed class RouteTable
{
    private const string EverySource = "*";
    private const char AliasSeparator = '\n';

    private readonly FrozenDictionary<string, DestinationSet> _bySource;
    private readonly DestinationSet _bySourceUnknown;
    private readonly FrozenDictionary<string, int> _slots;
    private readonly FrozenDictionary<string, string> _texts;
    private readonly FrozenDictionary<string, int[]> _byName;

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

        _byName = config.Destinations
            .SelectMany(pair => pair.Value.Alias.Prepend(pair.Key).Select(name => (Name: name, Slot: _slots[pair.Key])))
            .GroupBy(named => named.Name, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(group => group.Key, group => group.Select(named => named.Slot).Distinct().ToArray(), StringComparer.OrdinalIgnoreCase);
        _texts = _slots.Keys.ToFrozenDictionary(name => name, name => Describe(config, name), StringComparer.Ordinal);
    }

    public DestinationSet Route(Event @event)
    {
        var connected = _bySource.GetValueOrDefault(@event.Source, _bySourceUnknown);
        var narrowed = @event.RequestedDestinations is { } requested ? Narrow(connected, requested) : connected;
        return @event.ExcludedDestinations is { Count: > 0 } excluded ? Exclude(narrowed, excluded) : narrowed;
    }

    /// <summary>The destination's routes as a text that is kept with the log, so that an event's story can be computed later.</summary>
    public string TextOf(string destination) => _texts.GetValueOrDefault(destination, "");

    /// <summary>Whether routes kept earlier as a text led an event to a destination.</summary>
    public static bool Matches(string text, string destination, Event @event) => Explain(text, destination, @event) is RouteVerdict.Routed;

    /// <summary>Whether, and why not, routes kept earlier as a text led an event to a destination.</summary>
    public static RouteVerdict Explain(string text, string destination, Event @event)
    {
        var lines = text.Split(AliasSeparator);
        return lines[0] != EverySource && !lines[0].Split(',').Contains(@event.Source, StringComparer.Ordinal) ? RouteVerdict.NotConnected
            : @event.RequestedDestinations is { } requested && !requested.Contains(destination, StringComparer.Ordinal) ? RouteVerdict.NotRequested
            : @event.ExcludedDestinations.Any(name => Means(name, destination, lines.AsSpan(1))) ? RouteVerdict.Excluded
            : RouteVerdict.Routed;
    }

    private static bool Means(string name, string destination, ReadOnlySpan<string> aliases)
    {
        var means = string.Equals(name, destination, StringComparison.OrdinalIgnoreCase);
        foreach (var alias in aliases)
        {
            means |= string.Equals(name, alias, StringComparison.OrdinalIgnoreCase);
        }

        return means;
    }

    // The sources on the first line, then an alias a line.
    private static string Describe(PostriderConfig config, string destination)
    {
        var sources = config.Connections is null
            ? EverySource
            : string.Join(',', config.Connections.Where(c => c.To == destination).Select(c => c.From).Order(StringComparer.Ordinal));
        return string.Join(AliasSeparator, config.Destinations[destination].Alias.Order(StringComparer.Ordinal).Prepend(sources));
    }

    private DestinationSet Exclude(DestinationSet narrowed, IReadOnlyList<string> excluded)
    {
        var slots = new HashSet<int>(narrowed.Slots.Length);
        foreach (var slot in narrowed.Slots)
        {
            slots.Add(slot);
        }

        foreach (var name in excluded)
        {
            slots.ExceptWith(_byName.GetValueOrDefault(name, []));
        }

        return slots.Count == narrowed.Slots.Length ? narrowed : new DestinationSet(slots);
    }

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
