using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>How the log is doing.</summary>
public sealed record LogStatus
{
    /// <summary>Its id, part of every event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stores: a folder, or hosts and prefix; null where nobody says.</summary>
    public string? Place { get; init; }

    /// <summary>What a success answer of the gateway means, one sentence; null where nobody says.</summary>
    public string? Promise { get; init; }

    /// <summary><c>ready</c>, <c>unreachable</c>, <c>partial</c> (some partitions take no events now), <c>full</c>, <c>failed</c> or <c>corrupt</c>.</summary>
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

    /// <summary>Ids that it remembers for de-duplication; null where the log does not tell.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RepeatIds { get; init; }

    /// <summary>How many ids it may remember; beyond it the oldest are forgotten.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MaxRepeatIds { get; init; }

    /// <summary>Ids forgotten since the start although their window was not over: repeats of theirs were stored again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RepeatIdsForgottenEarly { get; init; }

    /// <summary>Its partitions.</summary>
    public required IReadOnlyList<PartitionStatus> Partitions { get; init; }
}
