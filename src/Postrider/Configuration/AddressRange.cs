using System.Net;
using System.Net.Sockets;

namespace Postrider.Configuration;

/// <summary>An IP address, or a range of them such as <c>10.0.0.0/8</c>.</summary>
internal static class AddressRange
{
    public static bool TryParse(string text, out IPNetwork range)
    {
        range = default;
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(text, out range);
        }

        // What has no dot and no colon is a number to the parser, not what anyone writes.
        if (text.AsSpan().IndexOfAny('.', ':') < 0 || !IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        range = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }
}
