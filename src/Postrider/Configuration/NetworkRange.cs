using System.Net;
using System.Net.Sockets;

namespace Postrider.Configuration;

/// <summary>Addresses of a network, as <c>10.0.0.0/8</c>, <c>fd00::/8</c> or one address. IPv4 in the clothes of IPv6 is IPv4.</summary>
internal static class NetworkRange
{
    private const int MappedBits = 96;

    public static bool TryParse(string text, out IPNetwork range)
    {
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address) || address.ScopeIdOrZero() != 0)
        {
            return false;
        }

        var most = address.AddressFamily is AddressFamily.InterNetwork ? 32 : 128;
        var bits = most;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out bits) || bits > most))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            if (bits < MappedBits)
            {
                return false;
            }

            (address, bits) = (address.MapToIPv4(), bits - MappedBits);
        }

        // 10.1.2.3/8: the bits behind the prefix are set, so it is a typing error, or an address was meant.
        range = new IPNetwork(address, bits);
        return range.BaseAddress.Equals(address);
    }

    /// <summary>The address as the ranges have it.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static long ScopeIdOrZero(this IPAddress address) => address.AddressFamily is AddressFamily.InterNetworkV6 ? address.ScopeId : 0;
}
