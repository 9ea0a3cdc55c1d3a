namespace Postrider.Operations;

/// <summary>A process that shares the log.</summary>
public sealed record MemberReport
{
    /// <summary>Its name for as long as it runs.</summary>
    public required string Id { get; init; }

    /// <summary><c>gateway</c>, <c>router</c> or <c>both</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The machine's name.</summary>
    public required string Host { get; init; }

    /// <summary>The process's number on its machine.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    /// <summary>Equal where the configuration is the same, listeners aside.</summary>
    public required string ConfigHash { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last told of itself.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>The partitions that it owns.</summary>
    public IReadOnlyList<int> Partitions { get => field ?? []; init; }

    /// <summary>It is the one that was asked.</summary>
    public bool Self { get; init; }
}
