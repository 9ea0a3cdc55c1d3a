namespace Postrider.Tests.Destinations.Conformance;

/// <summary>A setting that no YAML can be bound to.</summary>
public sealed record ShapelessSettings : MemorySettings
{
    public Stream? Target { get; init; }
}
