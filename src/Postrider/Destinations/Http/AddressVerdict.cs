using System.Net;

namespace Postrider.Destinations.Http;

/// <summary>Whether a connection to an address may be made.</summary>
/// <param name="Address">The address, an IPv4-mapped one as IPv4.</param>
/// <param name="Refusal">What the address is and what to write to allow it, for people; null: allowed.</param>
internal readonly record struct AddressVerdict(IPAddress Address, string? Refusal)
{
    public bool IsAllowed => Refusal is null;
}
