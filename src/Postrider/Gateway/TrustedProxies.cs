using System.Net;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Finds a client's address behind the proxies that the configuration names. Whatever others say of it is a claim.</summary>
internal sealed class TrustedProxies(GatewayConfig config)
{
    private const string ForwardedFor = "X-Forwarded-For";

    private readonly IPNetwork[] _ranges = [.. config.TrustedProxies.Select(text => AddressRange.TryParse(text, out var range) ? range : default)];

    /// <summary>The address at the other end; behind proxies of ours the one that the outermost of them has seen.</summary>
    public IPAddress? ClientOf(HttpContext context)
    {
        var address = Unmapped(context.Connection.RemoteIpAddress);
        if (_ranges.Length == 0 || address is null || !IsTrusted(address))
        {
            return address;
        }

        // Each proxy has added at the end whom it has seen.
        var seen = context.Request.Headers[ForwardedFor].ToString().Split(',');
        for (var i = seen.Length - 1; i >= 0 && IsTrusted(address) && TryParse(seen[i].Trim(), out var before); i--)
        {
            address = Unmapped(before)!;
        }

        return address;
    }

    // One address has one text, whatever the socket is.
    private static IPAddress? Unmapped(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    // Some write the port behind it.
    private static bool TryParse(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.AsSpan().IndexOfAny('.', ':') < 0 || !IPEndPoint.TryParse(text, out var end))
        {
            return false;
        }

        address = end.Address;
        return true;
    }

    private bool IsTrusted(IPAddress address) => Array.Exists(_ranges, range => range.Contains(address));
}
