namespace Postrider.Events;

/// <summary>The envelope's texts, decoded.</summary>
internal sealed record EventFields
{
    public required string Source { get; init; }

    public string? Key { get; init; }

    public string? Type { get; init; }

    public string? TraceParent { get; init; }

    public string? OwnId { get; init; }

    public IReadOnlyList<string>? RequestedDestinations { get; init; }

    public IReadOnlyList<string> ExcludedDestinations { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> KeptHeaders { get; init; } = [];
}
