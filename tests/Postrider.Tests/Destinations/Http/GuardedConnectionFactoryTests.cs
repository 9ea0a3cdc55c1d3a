using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Postrider.Destinations.Http;

namespace Postrider.Tests.Destinations.Http;

public sealed class GuardedConnectionFactoryTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _tried = [];
    private readonly FakeTimeProvider _time = new();

    public GuardedConnectionFactoryTests() => _listener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1.")]
    [InlineData("0177.0.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0x7f.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("017700000001")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:7f00:1")]
    [InlineData("fe80::1%1")]
    [InlineData("[fe80::1%1]")]
    public async Task OpenAsync_SpellingOfALocalAddress_IsRefusedWithoutAskingAResolver(string host)
    {
        var connections = Connections([], ResolveNothing);

        var e = await Assert.ThrowsAsync<OutboundConnectionException>(() => connections.OpenAsync(new DnsEndPoint(host, Port), Token).AsTask());

        Assert.Equal("blocked", e.ErrorClass);
        Assert.Empty(_tried);
    }

    [Theory]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://127.1/")]
    [InlineData("http://127.0.0.1./")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[0:0:0:0:0:ffff:7f00:1]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[fe80::1%251]/")]
    [InlineData("http://127。0。0。1/")]
    public async Task DescribeBlockedAsync_HostOfAUrl_IsRefused(string url)
    {
        var connections = Connections([], ResolveNothing);

        var refusal = await connections.DescribeBlockedAsync(new Uri(url).IdnHost, Token);

        Assert.NotNull(refusal);
    }

    [Fact]
    public async Task OpenAsync_NameOfALocalAddress_NamesAddressRuleAndCure()
    {
        var connections = Connections([], Resolves("10.1.2.3", "127.0.0.1"));

        var e = await Assert.ThrowsAsync<OutboundConnectionException>(() => connections.OpenAsync(new DnsEndPoint("crm.example", Port), Token).AsTask());

        Assert.Equal(
            "crm.example resolves to 10.1.2.3: 10.1.2.3 is private (RFC 1918); to allow it write allowNetworks: [10.1.2.3/32] or allowPrivateNetwork: true",
            e.Message);
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task OpenAsync_NameRebindsAfterTheCheck_IsRefused()
    {
        var answers = new Queue<IPAddress>([IPAddress.Parse("93.184.216.34"), IPAddress.Loopback]);
        var connections = Connections([], (_, _) => Task.FromResult<IPAddress[]>([answers.Dequeue()]));

        var before = await connections.DescribeBlockedAsync("rebind.example", Token);
        var e = await Assert.ThrowsAsync<OutboundConnectionException>(() => connections.OpenAsync(new DnsEndPoint("rebind.example", Port), Token).AsTask());

        Assert.Null(before);
        Assert.Equal("blocked", e.ErrorClass);
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task OpenAsync_OneName_ResolvesOnceAndConnectsToThatAddress()
    {
        var asked = 0;
        var connections = Connections(["127.0.0.1/32"], (_, _) => Task.FromResult<IPAddress[]>(asked++ == 0 ? [IPAddress.Loopback] : [IPAddress.Parse("10.0.0.1")]));

        await using var stream = await connections.OpenAsync(new DnsEndPoint("crm.example", Port), Token);

        Assert.Equal(1, asked);
        Assert.Equal([$"127.0.0.1:{Port}"], _tried);
    }

    [Fact]
    public async Task OpenAsync_SomeAddressesRefused_TriesTheAllowedOnesInOrder()
    {
        var connections = Connections(["127.0.0.0/8"], Resolves("10.0.0.1", "127.0.0.9", "::1", "127.0.0.1"), failing: "127.0.0.9");

        await using var stream = await connections.OpenAsync(new DnsEndPoint("crm.example", Port), Token);

        Assert.Equal([$"127.0.0.9:{Port}", $"127.0.0.1:{Port}"], _tried);
    }

    [Fact]
    public async Task OpenAsync_AddressSwallowsPackets_TriesTheNext()
    {
        var connections = Connections(["127.0.0.0/8"], Resolves("127.0.0.9", "127.0.0.1"), hanging: "127.0.0.9");

        await using var stream = await connections.OpenAsync(new DnsEndPoint("crm.example", Port), Token);

        Assert.Equal([$"127.0.0.9:{Port}", $"127.0.0.1:{Port}"], _tried);
    }

    [Fact]
    public async Task OpenAsync_EveryAllowedAddressFails_SaysConnect()
    {
        var connections = Connections(["127.0.0.0/8"], Resolves("127.0.0.9"), failing: "127.0.0.9");

        var e = await Assert.ThrowsAsync<OutboundConnectionException>(() => connections.OpenAsync(new DnsEndPoint("crm.example", 99), Token).AsTask());

        Assert.Equal("connect", e.ErrorClass);
        Assert.Equal("no connection to 127.0.0.9:99: connection refused", e.Message);
    }

    [Fact]
    public async Task OpenAsync_SocketEndsAtAnotherAddress_IsRefused()
    {
        var connections = Connections([], Resolves("93.184.216.34"), redirectTo: IPAddress.Loopback);

        var e = await Assert.ThrowsAsync<OutboundConnectionException>(() => connections.OpenAsync(new DnsEndPoint("crm.example", Port), Token).AsTask());

        Assert.Equal("blocked", e.ErrorClass);
        Assert.Contains("127.0.0.1 is loopback", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_MappedAddress_ConnectsAsIpv4()
    {
        var connections = Connections(["127.0.0.1/32"], Resolves("::ffff:127.0.0.1"));

        await using var stream = await connections.OpenAsync(new DnsEndPoint("crm.example", Port), Token);

        Assert.Equal([$"127.0.0.1:{Port}"], _tried);
    }

    [Fact]
    public async Task OpenAsync_NameWithoutAddresses_SaysDns()
    {
        var empty = Connections([], Resolves());
        var unknown = Connections([], (_, _) => throw new SocketException((int)SocketError.HostNotFound));

        var none = await Assert.ThrowsAsync<OutboundConnectionException>(() => empty.OpenAsync(new DnsEndPoint("crm.example", Port), Token).AsTask());
        var failed = await Assert.ThrowsAsync<OutboundConnectionException>(() => unknown.OpenAsync(new DnsEndPoint("crm.example", Port), Token).AsTask());

        Assert.Equal(("dns", "crm.example has no address"), (none.ErrorClass, none.Message));
        Assert.Equal(("dns", "crm.example does not resolve (HostNotFound)"), (failed.ErrorClass, failed.Message));
    }

    [Fact]
    public void CreateHandler_ForAnyone_FollowsStoresAndRelaysNothing()
    {
        using var handler = Connections([], ResolveNothing).CreateHandler(5, TimeSpan.FromSeconds(3));

        Assert.False(handler.AllowAutoRedirect);
        Assert.False(handler.UseProxy);
        Assert.False(handler.UseCookies);
        Assert.Equal(DecompressionMethods.None, handler.AutomaticDecompression);
        Assert.Equal(5, handler.MaxConnectionsPerServer);
        Assert.Equal(TimeSpan.FromSeconds(3), handler.ConnectTimeout);
        Assert.NotNull(handler.ConnectCallback);
    }

    private static Task<IPAddress[]> ResolveNothing(string host, CancellationToken cancellationToken) => throw new InvalidOperationException($"{host} was resolved.");

    private static HostResolver Resolves(params string[] addresses) => (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]);

    private GuardedConnectionFactory Connections(string[] allow, HostResolver resolve, string? failing = null, string? hanging = null, IPAddress? redirectTo = null)
    {
        var guard = new AddressGuard(false, allow.Select(NetworkPrefix.Parse));
        return new GuardedConnectionFactory(guard, _time, resolve, async (endPoint, cancellationToken) =>
        {
            _tried.Add(endPoint.ToString());
            if (endPoint.Address.ToString() == failing)
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            if (endPoint.Address.ToString() == hanging)
            {
                _time.Advance(TimeSpan.FromSeconds(1.5));
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            return await GuardedConnectionFactory.ConnectSocketAsync(new IPEndPoint(redirectTo ?? endPoint.Address, endPoint.Port), cancellationToken);
        });
    }
}
