namespace Postrider.Operations;

/// <summary>The configuration in force, and what a reload would change.</summary>
public sealed record ConfigReport
{
    /// <summary>The file; null: it did not come from one.</summary>
    public string? File { get; init; }

    /// <summary>What is in force, as YAML with all values resolved and secrets masked.</summary>
    public required string Text { get; init; }

    /// <summary>When it came into force.</summary>
    public required DateTimeOffset LoadedAt { get; init; }

    /// <summary>The lines that a reload would change, with three lines around them; empty: nothing.</summary>
    public required IReadOnlyList<ConfigDiffLine> Pending { get; init; }

    /// <summary>Why the file as it is now would be refused, one mistake a line; empty: it would not.</summary>
    public required IReadOnlyList<string> PendingErrors { get; init; }
}
