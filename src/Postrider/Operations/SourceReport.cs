namespace Postrider.Operations;

/// <summary>A source as configured. Its write keys are masked.</summary>
public sealed record SourceReport
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Takes requests without a write key.</summary>
    public required bool Default { get; init; }

    /// <summary>Whether it takes events.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The beginning of each write key, as <c>wk_w…</c>.</summary>
    public required IReadOnlyList<string> WriteKeys { get; init; }

    /// <summary>The gateway's address as clients on this machine reach it.</summary>
    public required Uri Gateway { get; init; }

    /// <summary>It takes webhooks of others at <c>/webhook/NAME</c>.</summary>
    public required bool TakesWebhooks { get; init; }

    /// <summary>The destinations that its events may reach, by name.</summary>
    public required IReadOnlyList<string> Destinations { get; init; }

    /// <summary>What else its settings say, in words: <c>rate limit 1000/s</c>, <c>de-duplicates for 24h</c>, …</summary>
    public required IReadOnlyList<string> Rules { get; init; }
}
