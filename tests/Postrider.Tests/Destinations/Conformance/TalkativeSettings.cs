namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Settings in memory, printed as records are.</summary>
public sealed record TalkativeSettings : MemorySettings
{
    public override string ToString() => $"{nameof(TalkativeSettings)} {{ Place = {Place}, Secret = {Secret} }}";
}
