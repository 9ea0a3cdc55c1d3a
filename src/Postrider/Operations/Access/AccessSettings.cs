using System.Net;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;

namespace Postrider.Operations.Access;

/// <summary>What one configuration says of access, ready for use. Immutable.</summary>
internal sealed class AccessSettings
{
    private const string ForwardedFor = "X-Forwarded-For";

    private readonly IPNetwork[] _proxies;

    public AccessSettings(AdminConfig config)
    {
        Config = config;
        Tokens = new TokenTable(config);
        _proxies = [.. config.TrustedProxies.Select(text => NetworkRange.TryParse(text, out var range) ? range : throw new FormatException(text))];
    }

    public AdminConfig Config { get; }

    public TokenTable Tokens { get; }

    /// <summary>Nobody can prove who they are: then loopback does not ask, and any other listener answers nobody.</summary>
    public bool AsksNobody => Tokens.IsEmpty && _proxies.Length == 0;

    public bool IsTrustedProxy(IPAddress? address) => address is not null && IsProxy(NetworkRange.Plain(address));

    /// <summary>Where a call comes from: the nearest address that is none of the trusted proxies', as far as they can tell.</summary>
    public IPAddress? ClientOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } remote)
        {
            return null;
        }

        var client = NetworkRange.Plain(remote);
        if (!IsProxy(client))
        {
            return client;
        }

        // Each proxy adds behind what it was told: from the right up to the first that is not ours, all is told by ours.
        var hops = context.Request.Headers[ForwardedFor].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var i = hops.Length - 1; i >= 0 && IsProxy(client); i--)
        {
            if (!IPEndPoint.TryParse(hops[i], out var hop))
            {
                break;
            }

            client = NetworkRange.Plain(hop.Address);
        }

        return client;
    }

    /// <summary>Whether the browser speaks https, to us or to a proxy before us.</summary>
    public bool IsHttps(HttpContext context) => context.Request.IsHttps
        || (IsTrustedProxy(context.Connection.RemoteIpAddress) && context.Request.Headers["X-Forwarded-Proto"] == Uri.UriSchemeHttps);

    private bool IsProxy(IPAddress address) => Array.Exists(_proxies, proxy => proxy.Contains(address));
}
