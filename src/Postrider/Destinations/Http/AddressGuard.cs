using System.Net;
using System.Net.Sockets;

namespace Postrider.Destinations.Http;

/// <summary>Decides which addresses an outbound connection may reach, so that nobody who can name a URL can reach our own network.</summary>
/// <param name="allowPrivateNetwork">Opens private, loopback, link-local, carrier-grade NAT and unique local addresses.</param>
/// <param name="allowNetworks">Opens these; cloud metadata addresses only where an entry names exactly one.</param>
internal sealed class AddressGuard(bool allowPrivateNetwork, IEnumerable<NetworkPrefix> allowNetworks)
{
    private readonly NetworkPrefix[] _allowed = [.. allowNetworks];

    public AddressVerdict Check(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return new AddressVerdict(address, address.AddressFamily == AddressFamily.InterNetwork ? CheckV4(address) : CheckV6(address));
    }

    private string? CheckV4(IPAddress address)
    {
        var value = NetworkPrefix.ValueOf(address);
        return Blocking(AddressFamily.InterNetwork, value) is { } range ? Refuse(address.ToString(), address, range) : null;
    }

    private string? CheckV6(IPAddress address)
    {
        var value = NetworkPrefix.ValueOf(address);
        var embedded = EmbeddedAddresses.Of(value);
        var unscoped = NetworkPrefix.ToAddress(AddressFamily.InterNetworkV6, value);
        var isAllowed = IsAllowed(AddressFamily.InterNetworkV6, value);
        if (!embedded.StandsForThem && Blocking(AddressFamily.InterNetworkV6, value) is { } own)
        {
            return Refuse(unscoped.ToString(), unscoped, own);
        }

        foreach (var inner in embedded.Addresses)
        {
            // Who allows the wrapping allows what it carries, except for metadata, which a wide network never opens.
            var range = isAllowed ? BlockingMetadata(AddressFamily.InterNetwork, inner) : Blocking(AddressFamily.InterNetwork, inner);
            if (range is not null && !_allowed.Any(network => network.IsExactly(AddressFamily.InterNetworkV6, value)))
            {
                var carried = NetworkPrefix.ToAddress(AddressFamily.InterNetwork, inner);
                return Refuse($"{unscoped} leads to {carried}, which", carried, range);
            }
        }

        return null;
    }

    private SpecialRange? Blocking(AddressFamily family, UInt128 value)
    {
        if (BlockingMetadata(family, value) is { } metadata)
        {
            return metadata;
        }

        return IsAllowed(family, value) || SpecialAddresses.Find(family, value) is not { } range || (allowPrivateNetwork && range.IsPrivate) ? null : range;
    }

    private SpecialRange? BlockingMetadata(AddressFamily family, UInt128 value) =>
        SpecialAddresses.FindMetadata(family, value) is { } range && !_allowed.Any(network => network.IsExactly(family, value)) ? range : null;

    private bool IsAllowed(AddressFamily family, UInt128 value) => _allowed.Any(network => network.Contains(family, value));

    private static string Refuse(string subject, IPAddress toWrite, SpecialRange range)
    {
        var network = $"{toWrite}/{(toWrite.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}";
        // A colon after a bracket means a map in YAML's flow style.
        network = toWrite.AddressFamily == AddressFamily.InterNetwork ? network : $"\"{network}\"";
        return $"{subject} is {range}; to allow it write allowNetworks: [{network}]{(range.IsPrivate ? " or allowPrivateNetwork: true" : "")}";
    }
}
