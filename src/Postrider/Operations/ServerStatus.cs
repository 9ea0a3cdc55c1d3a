namespace Postrider.Operations;

/// <summary>How the server is doing: the answer of <c>GET /api/status</c>.</summary>
public sealed record ServerStatus
{
    /// <summary>The product's version.</summary>
    public required string Version { get; init; }

    /// <summary>When the log was open and delivery had begun.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Whether it can do its work, as <c>/health/ready</c> says.</summary>
    public required bool Ready { get; init; }

    /// <summary>The log.</summary>
    public required LogStatus Log { get; init; }

    /// <summary>The destinations by name, those that left the configuration and are not yet forgotten included.</summary>
    public required IReadOnlyList<DestinationReport> Destinations { get; init; }

    /// <summary>The processes that share the log, this one included; empty for a log that belongs to one process.</summary>
    public IReadOnlyList<MemberReport> Members { get => field ?? []; init; }

    /// <summary>What an operator should look at, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
