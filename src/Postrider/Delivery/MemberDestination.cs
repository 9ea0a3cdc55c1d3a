namespace Postrider.Delivery;

/// <summary>What one process says of a destination that only it knows: the rest stands in the partitions' state.</summary>
internal sealed record MemberDestination
{
    public required string Name { get; init; }

    public DestinationState State { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? Until { get; init; }

    public int InFlight { get; init; }

    public long ParkedLanes { get; init; }

    public int BlockedLanes { get; init; }

    public string? BacklogWarning { get; init; }
}
