namespace Postrider.Delivery;

/// <summary>How one destination is doing, over all partitions.</summary>
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

    /// <summary>The same with what other processes say of their partitions. What waits in one of them is told where this one waits for nothing.</summary>
    public DestinationStatus With(IEnumerable<MemberDestination> others)
    {
        var all = others.ToList();
        var worst = State == DestinationState.Running && Reason is null ? all.Where(other => other.State != State || other.Reason is not null).MaxBy(other => other.Until) : null;
        return this with
        {
            State = worst?.State ?? State,
            Reason = worst?.Reason ?? Reason,
            Until = worst is null ? Until : worst.Until,
            Waits = worst is { State: not DestinationState.Running } ? [.. Waits, new DestinationWait("breaker", worst.Until, $"at another router: {worst.Reason}")] : Waits,
            InFlight = InFlight + all.Sum(other => other.InFlight),
            ParkedLanes = ParkedLanes + all.Sum(other => other.ParkedLanes),
            BlockedLanes = BlockedLanes + all.Sum(other => other.BlockedLanes),
            BacklogWarning = BacklogWarning ?? all.Select(other => other.BacklogWarning).FirstOrDefault(warning => warning is not null),
        };
    }
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
