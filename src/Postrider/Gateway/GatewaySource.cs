using System.Collections.Frozen;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>A source as the gateway knows it: its name, its rules, and the destinations that its requests may ask for.</summary>
internal sealed class GatewaySource
{
    private readonly FrozenSet<string> _destinations;
    private readonly FrozenDictionary<string, string[]> _byName;

    /// <summary>Makes it.</summary>
    /// <param name="config">What the configuration says of it, its name included.</param>
    /// <param name="destinations">Those that it is connected to.</param>
    public GatewaySource(SourceConfig config, IReadOnlyCollection<DestinationConfig> destinations)
    {
        Config = config;
        Rules = new SourceRules(config);
        _destinations = destinations.Select(destination => destination.Name).ToFrozenSet(StringComparer.Ordinal);
        _byName = destinations
            .SelectMany(destination => destination.Alias.Prepend(destination.Name).Select(name => (Name: name, Destination: destination.Name)))
            .GroupBy(named => named.Name, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(group => group.Key, group => group.Select(named => named.Destination).Distinct().ToArray(), StringComparer.OrdinalIgnoreCase);
    }

    public string Name => Config.Name;

    /// <summary>What it demands of its requests.</summary>
    public SourceRules Rules { get; }

    /// <summary>What the configuration says of it.</summary>
    public SourceConfig Config { get; }

    /// <summary>Sorted, for messages.</summary>
    public IReadOnlyList<string> DestinationNames => field ??= [.. _destinations.Order(StringComparer.Ordinal)];

    /// <summary>The connected destinations that have this as their name or alias, upper and lower case alike.</summary>
    public IReadOnlyList<string> DestinationsOf(string nameOrAlias) => _byName.GetValueOrDefault(nameOrAlias, []);

    /// <summary>Finds the configuration's own string, so that events share it.</summary>
    public bool TryGetDestination(string name, out string known) => _destinations.TryGetValue(name, out known!);
}
