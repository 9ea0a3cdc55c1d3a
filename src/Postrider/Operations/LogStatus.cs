namespace Postrider.Operations;

/// <summary>How the log is doing.</summary>
public sealed record LogStatus
{
    /// <summary>Its id, part of every event's id.</summary>
    public required string Id { get; init; }

    /// <summary><c>ready</c>, <c>full</c>, <c>failed</c> or <c>corrupt</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is not ready, and what would cure it.</summary>
    public string? Reason { get; init; }

    /// <summary>All that it occupies, in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The part that some destination still needs; it alone can make the log full.</summary>
    public required long UnsettledBytes { get; init; }

    /// <summary>The limit that applies now, in bytes.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>Free space of its disk; null where that is not its limit.</summary>
    public long? FreeDiskBytes { get; init; }

    /// <summary>Its partitions.</summary>
    public required IReadOnlyList<PartitionStatus> Partitions { get; init; }
}
