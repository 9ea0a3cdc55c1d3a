namespace Postrider.Delivery;

/// <summary>How one destination is doing, over all partitions that this process delivers.</summary>
internal sealed record DestinationStatus
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required DestinationState State { get; init; }

    /// <summary>Events of the log that it has not settled.</summary>
    public required long Lag { get; init; }

    /// <summary>Age of the oldest event that is neither delivered nor given up, in seconds; null: none is pending.</summary>
    public double? OldestPendingSeconds { get; init; }

    public required int InFlight { get; init; }

    public required long ParkedLanes { get; init; }

    public required long ParkedEvents { get; init; }

    public required long DeadLetters { get; init; }

    public required long Delivered { get; init; }

    public required long FailedAttempts { get; init; }

    /// <summary>For people: why it waits; null: it does not.</summary>
    public string? Reason { get; init; }

    /// <summary>Until when it waits, where that is known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>What keeps its events waiting; empty: nothing does.</summary>
    public IReadOnlyList<DestinationWait> Waits { get; init; } = [];

    /// <summary>Keys that wait until someone decides over their dead letter.</summary>
    public int BlockedLanes { get; init; }

    /// <summary>The ten keys parked longest.</summary>
    public IReadOnlyList<LongParkedKey> LongestParked { get; init; } = [];

    /// <summary>False: it has left the configuration and will be forgotten.</summary>
    public required bool Configured { get; init; }

    /// <summary>For people: its backlog is beyond what it should be; null: it is not.</summary>
    public string? BacklogWarning { get; init; }

    /// <summary>Per mille of the log's limit that its backlog pins; 500 and 800 are the warning lines.</summary>
    public required int PinnedPerMille { get; init; }
}

/// <summary>What a destination is doing. Written in lower case in the API.</summary>
internal enum DestinationState
{
    Running,
    Paused,

    /// <summary>The breaker is open: the destination fails as a whole.</summary>
    Open,

    /// <summary>The breaker is open: the destination rejects everything, as with an expired token.</summary>
    Rejecting,

    /// <summary>Disabled by its receiver's 410 until someone resumes it.</summary>
    Disabled,
}
