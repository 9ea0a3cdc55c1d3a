using System.Collections.Frozen;

namespace Postrider.Gateway;

/// <summary>A source as the gateway knows it: its name and the destinations that its requests may ask for.</summary>
internal sealed class GatewaySource(string name, IEnumerable<string> destinations)
{
    private readonly FrozenSet<string> _destinations = destinations.ToFrozenSet(StringComparer.Ordinal);

    public string Name { get; } = name;

    /// <summary>Sorted, for messages.</summary>
    public IReadOnlyList<string> DestinationNames => field ??= [.. _destinations.Order(StringComparer.Ordinal)];

    /// <summary>Finds the configuration's own string, so that events share it.</summary>
    public bool TryGetDestination(string name, out string known) => _destinations.TryGetValue(name, out known!);
}
