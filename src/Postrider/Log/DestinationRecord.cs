namespace Postrider.Log;

/// <summary>What the state store knows of one destination in one partition.</summary>
internal sealed record DestinationRecord
{
    public required string Name { get; init; }

    /// <summary>Events below it were never meant for this destination.</summary>
    public required long StartPosition { get; init; }

    public required Progress Progress { get; init; }

    public DestinationControl Control { get; init; } = DestinationControl.None;

    public DestinationCounters Counters { get; init; }

    /// <summary>Dead letters kept now; counted by the store itself.</summary>
    public long DeadLetters { get; init; }

    /// <summary>When a configuration last named it.</summary>
    public required DateTimeOffset LastListed { get; init; }
}
