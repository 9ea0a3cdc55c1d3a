namespace Postrider.Tests.Destinations.Conformance;

/// <summary>What the user would write for a destination in memory.</summary>
public record MemorySettings
{
    public required string Place { get; init; }

    public string? Secret { get; init; }

    public override string ToString() => $"MemorySettings {{ Place = {Place} }}";
}
