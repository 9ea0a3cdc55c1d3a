using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Postrider.Destinations.Http;

/// <summary>Makes every outbound connection of this process: resolve, filter each address, connect to a filtered one, look again.</summary>
/// <remarks>
/// Whoever needs an HTTP client takes its handler from <see cref="CreateHandler"/>; a test refuses any other. The check stands
/// between name resolution and connecting, so a name that answers differently the second time gains nothing.
/// </remarks>
internal sealed class GuardedConnectionFactory(AddressGuard guard, TimeProvider time, HostResolver resolve, SocketConnector connect)
{
    // A forward proxy stands where the operator said, mostly in a private network: its address is not ours to judge.
    private static readonly AddressGuard AnyAddress = new(
        allowPrivateNetwork: true, [NetworkPrefix.Parse("0.0.0.0/0"), NetworkPrefix.Parse("::/0")]);

    // More than any honest name has; bounds the work that a name server can cause.
    private const int MaxAddresses = 16;

    // An address that swallows packets must not use up the time of the next; the last one has what is left.
    private static readonly TimeSpan AddressTimeout = TimeSpan.FromSeconds(1.5);

    public GuardedConnectionFactory(AddressGuard guard, TimeProvider time)
        : this(guard, time, Dns.GetHostAddressesAsync, ConnectSocketAsync)
    {
    }

    /// <summary>The only handler that anything in this process sends HTTP with.</summary>
    /// <param name="maxConnections">Most connections to one server.</param>
    /// <param name="connectTimeout">The limit on connecting, TLS included.</param>
    /// <param name="tls">Certificates other than the system's; null: the system's trust, and none of our own.</param>
    /// <param name="proxy">Through which all of it goes; null: straight there. Then the proxy connects in our stead, past the guard,
    /// which is left with the choice of the proxy alone.</param>
    public SocketsHttpHandler CreateHandler(int maxConnections, TimeSpan connectTimeout, SslClientAuthenticationOptions? tls = null, ForwardProxy? proxy = null) => new()
    {
        ConnectCallback = (context, cancellationToken) => proxy is null
            ? ConnectAsync(context.DnsEndPoint, guard, cancellationToken)
            : ConnectAsync(proxy.EndPoint, AnyAddress, cancellationToken),
        ConnectTimeout = connectTimeout,
        MaxConnectionsPerServer = maxConnections,
        SslOptions = tls ?? new SslClientAuthenticationOptions(),

        // Never the environment's proxy; a redirect would choose the address.
        UseProxy = proxy is not null,
        Proxy = proxy?.ToWebProxy(),
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,

        // Names move: a connection for ever would keep the old address.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),

        // Below the 60 s after which many load balancers drop an idle connection, perhaps just under our next request.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(45),

        // A cancelled HTTP/2 request leaves its connection open; without pings a dead one would fail every request on it for minutes.
        EnableMultipleHttp2Connections = true,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(15),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(5),

        MaxResponseHeadersLength = 16, // KiB
        MaxResponseDrainSize = 0,      // the caller drains as much as it wants; what is left drops the connection
        ActivityHeadersPropagator = null,
    };

    /// <summary>Connects to one of the name's allowed addresses.</summary>
    /// <exception cref="OutboundConnectionException">It does not resolve, all addresses are refused, or none answers.</exception>
    public ValueTask<Stream> OpenAsync(DnsEndPoint target, CancellationToken cancellationToken) => ConnectAsync(target, guard, cancellationToken);

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint target, AddressGuard by, CancellationToken cancellationToken)
    {
        var verdicts = await ResolveAsync(target.Host, by, cancellationToken);
        var allowed = verdicts.Where(verdict => verdict.IsAllowed).Select(verdict => verdict.Address).ToArray();
        if (allowed.Length == 0)
        {
            throw new OutboundConnectionException("blocked", Describe(target.Host, verdicts[0]));
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(allowed[i], target.Port), by, isLast: i == allowed.Length - 1, cancellationToken);
            }
            catch (Exception e) when (i < allowed.Length - 1 && IsWorthAnotherAddress(e, cancellationToken))
            {
                // The next address is the answer to this one's failure.
            }
        }
    }

    /// <summary>What refuses every address of the name, and what to write; null: some address is allowed, or it does not resolve now.</summary>
    public async Task<string?> DescribeBlockedAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var verdicts = await ResolveAsync(host, guard, cancellationToken);
            return Array.Exists(verdicts, verdict => verdict.IsAllowed) ? null : Describe(host, verdicts[0]);
        }
        catch (OutboundConnectionException)
        {
            return null;
        }
    }

    private static bool IsWorthAnotherAddress(Exception e, CancellationToken cancellationToken) =>
        e is OutboundConnectionException { ErrorClass: "connect" } || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static string Describe(string host, AddressVerdict verdict) =>
        ReadLiteral(host) is not null ? verdict.Refusal! : $"{host} resolves to {verdict.Address}: {verdict.Refusal}";

    // Every spelling that a resolver might take for an address: 0177.0.0.1, 0x7f.1, 2130706433, 127.1, [fe80::1%eth0], 127.0.0.1.
    private static IPAddress? ReadLiteral(string host)
    {
        var bare = host.TrimEnd('.');
        return IPAddress.TryParse(bare, out var address) ? address : null;
    }

    internal static async ValueTask<Socket> ConnectSocketAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<AddressVerdict[]> ResolveAsync(string host, AddressGuard by, CancellationToken cancellationToken)
    {
        if (ReadLiteral(host) is { } literal)
        {
            return [by.Check(literal)];
        }

        IPAddress[] addresses;
        try
        {
            addresses = await resolve(host, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new OutboundConnectionException("dns", $"{host} does not resolve ({e.SocketErrorCode})", e);
        }

        if (addresses.Length == 0)
        {
            throw new OutboundConnectionException("dns", $"{host} has no address");
        }

        return [.. addresses.Take(MaxAddresses).Select(by.Check)];
    }

    private async Task<Stream> ConnectAsync(IPEndPoint endPoint, AddressGuard by, bool isLast, CancellationToken cancellationToken)
    {
        using var patience = isLast ? null : new CancellationTokenSource(AddressTimeout, time);
        using var linked = patience is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        Socket socket;
        try
        {
            socket = await connect(endPoint, linked?.Token ?? cancellationToken);
        }
        catch (SocketException e)
        {
            throw new OutboundConnectionException("connect", $"no connection to {endPoint}: {HttpFailure.Describe(e.SocketErrorCode)}", e);
        }

        // Where we are, not where we asked to be: the last word before the first byte.
        var refusal = socket.RemoteEndPoint is IPEndPoint remote ? by.Check(remote.Address).Refusal : "its address is unknown";
        if (refusal is null)
        {
            return new NetworkStream(socket, ownsSocket: true);
        }

        socket.Dispose();
        throw new OutboundConnectionException("blocked", $"the connection to {endPoint} ended elsewhere: {refusal}");
    }
}
