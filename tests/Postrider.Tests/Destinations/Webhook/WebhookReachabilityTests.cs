using System.Net;
using System.Net.Sockets;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookReachabilityTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CheckAsync_NameOfAPrivateAddress_SaysWhatToWrite()
    {
        var line = await Factory("10.1.2.3").CheckAsync(TestDestinations.ConfigOf(new WebhookSettings { Url = "https://crm.example./a?token=planted" }), Token);

        Assert.Equal("crm.example. resolves to 10.1.2.3: 10.1.2.3 is private (RFC 1918); to allow it write allowNetworks: [10.1.2.3/32] or allowPrivateNetwork: true", line);
    }

    [Fact]
    public async Task CheckAsync_LiteralAddress_SaysWhatToWrite()
    {
        var line = await Factory().CheckAsync(TestDestinations.ConfigOf(new WebhookSettings { Url = "http://[::1]:5000/" }), Token);

        Assert.Equal("::1 is loopback (RFC 4291); to allow it write allowNetworks: [\"::1/128\"] or allowPrivateNetwork: true", line);
    }

    [Theory]
    [InlineData(true, new string[0])]
    [InlineData(false, new[] { "10.0.0.0/8" })]
    public async Task CheckAsync_AllowedAddress_SaysNothing(bool allowPrivateNetwork, string[] allowNetworks)
    {
        var settings = new WebhookSettings { Url = "http://crm.example/", AllowPrivateNetwork = allowPrivateNetwork, AllowNetworks = allowNetworks };

        Assert.Null(await Factory("10.1.2.3").CheckAsync(TestDestinations.ConfigOf(settings), Token));
    }

    [Fact]
    public async Task CheckAsync_OneAddressOfSeveralIsPublic_SaysNothing() =>
        Assert.Null(await Factory("10.1.2.3", "93.184.216.34").CheckAsync(TestDestinations.ConfigOf(new WebhookSettings { Url = "http://crm.example/" }), Token));

    [Fact]
    public async Task CheckAsync_NameDoesNotResolveNow_SaysNothing()
    {
        var factory = new WebhookDestinationFactory(TimeProvider.System, (_, _) => throw new SocketException((int)SocketError.TryAgain));

        Assert.Null(await factory.CheckAsync(TestDestinations.ConfigOf(new WebhookSettings { Url = "http://crm.example/" }), Token));
    }

    private static WebhookDestinationFactory Factory(params string[] addresses) =>
        new(TimeProvider.System, (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]));
}
