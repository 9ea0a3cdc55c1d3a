namespace Postrider.Log;

/// <summary>All that changed for one destination since its last save.</summary>
internal sealed class DestinationSave(string destination)
{
    public string Destination { get; } = destination;

    public required Progress Progress { get; init; }

    public required DestinationCounters Counters { get; init; }

    public required IReadOnlyList<StateChange> Changes { get; init; }
}
