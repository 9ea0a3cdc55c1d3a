using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Postrider.Gateway;

/// <summary>The web server's limits, for all its listeners: every wait and every buffer of a connection has a bound.</summary>
internal static class ServerLimits
{
    // Room for a token and a trace, no more: headers are read before anyone is known.
    private const int MaxHeadersBytes = 16 * 1024;

    // What a connection may send ahead of what is read. Bodies are read as they come, so more buys nothing, and it is
    // memory that no budget of ours counts.
    private const int MaxUnreadBytes = 64 * 1024;

    // For the endpoints that set no limit of their own: they take small commands.
    private const int MaxOtherBodyBytes = 1024 * 1024;

    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        var limits = options.Limits;
        limits.MaxRequestHeadersTotalSize = MaxHeadersBytes;
        limits.MaxRequestBufferSize = MaxUnreadBytes;
        limits.MaxRequestBodySize = MaxOtherBodyBytes;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);

        // Longer than the idle time of the usual proxies, so that they close first and never send into a closing connection.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
