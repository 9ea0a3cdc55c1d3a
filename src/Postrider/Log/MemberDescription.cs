namespace Postrider.Log;

/// <summary>What a process says of itself to those that share its log.</summary>
internal sealed record MemberDescription
{
    /// <summary><c>gateway</c>, <c>router</c> or <c>both</c>.</summary>
    public string Role { get; init; } = "both";

    /// <summary>The machine's name.</summary>
    public string Host { get; init; } = "";

    public int ProcessId { get; init; }

    /// <summary>The product's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Of what it was configured with, listeners aside; equal where it is the same.</summary>
    public string ConfigHash { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The destinations that its configuration names.</summary>
    public IReadOnlyList<string> Destinations { get => field ?? []; init; } = [];

    /// <summary>The partitions that it owns.</summary>
    public IReadOnlyList<int> Partitions { get => field ?? []; init; } = [];

    /// <summary>It takes partitions: it delivers and does not stop.</summary>
    public bool Takes { get; init; }
}
