namespace Postrider.Destinations.Http;

/// <summary>A range of addresses that is not part of the public internet.</summary>
/// <param name="Prefix">The range.</param>
/// <param name="Name">What it is, as a message says it: "10.0.0.1 is {Name}".</param>
/// <param name="Source">Where that is written.</param>
/// <param name="IsPrivate">Someone's own network, which <c>allowPrivateNetwork</c> opens; otherwise only <c>allowNetworks</c> does.</param>
internal sealed record SpecialRange(NetworkPrefix Prefix, string Name, string Source, bool IsPrivate)
{
    public override string ToString() => $"{Name} ({Source})";
}
