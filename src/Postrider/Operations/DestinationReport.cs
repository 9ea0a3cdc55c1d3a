namespace Postrider.Operations;

/// <summary>How one destination is doing.</summary>
public sealed record DestinationReport
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type, as <c>webhook</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>running</c>, <c>paused</c>, <c>open</c> (it fails as a whole), <c>rejecting</c> (it rejects everything) or <c>disabled</c>.</summary>
    public required string State { get; init; }

    /// <summary>False: it has left the configuration and will be forgotten.</summary>
    public required bool Configured { get; init; }

    /// <summary>Events of the log that it has not settled.</summary>
    public required long Lag { get; init; }

    /// <summary>Age of the oldest event that is neither delivered nor given up, in seconds; null: none is pending.</summary>
    public double? OldestPendingSeconds { get; init; }

    /// <summary>Attempts under way.</summary>
    public required int InFlight { get; init; }

    /// <summary>Keys whose events wait in the retry store.</summary>
    public required long ParkedLanes { get; init; }

    /// <summary>Events that wait in the retry store.</summary>
    public required long ParkedEvents { get; init; }

    /// <summary>Events that it gave up on.</summary>
    public required long DeadLetters { get; init; }

    /// <summary>Events delivered since the log began.</summary>
    public required long Delivered { get; init; }

    /// <summary>Attempts that failed since the log began.</summary>
    public required long FailedAttempts { get; init; }

    /// <summary>Why it waits; null: it does not.</summary>
    public string? Reason { get; init; }

    /// <summary>Until when it waits, where that is known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>What keeps its events waiting, most telling first; empty: nothing does.</summary>
    public IReadOnlyList<WaitReport> Waits { get => field ?? []; init; }

    /// <summary>Keys that wait until someone replays or deletes their dead letter.</summary>
    public int BlockedLanes { get; init; }

    /// <summary>The ten keys parked longest, longest first.</summary>
    public IReadOnlyList<ParkedKeyReport> LongestParked { get => field ?? []; init; }

    /// <summary>How much of the log's limit its backlog pins, in percent.</summary>
    public required double PinnedPercent { get; init; }
}
