using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;
using Postrider.Tests.Destinations.Http;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookProxyTests : IDisposable
{
    private const string Credentials = "us er:p:w";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeliverAsync_PlainHttp_AsksTheProxyOnceForEach(bool hasCredentials)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var proxy = ProxyServer.Start(receiver.Url, hasCredentials ? Credentials : null);
        await using var destination = TestDestinations.Of(SettingsOf("http://crm.internal:81/a?b=c", proxy, hasCredentials));

        var first = await destination.DeliverOneAsync();
        var second = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Delivered, DeliveryOutcome.Delivered), (first.Outcome, second.Outcome));
        Assert.StartsWith("POST http://crm.internal:81/a?b=c HTTP/1.1", proxy.Heads[0], StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Heads, head => !head.Contains("Basic", StringComparison.Ordinal) && hasCredentials);
        Assert.Equal(["/a?b=c", "/a?b=c"], receiver.Requests.Select(request => new Uri("http://x" + request.Target.Replace("http://crm.internal:81", "", StringComparison.Ordinal)).PathAndQuery));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeliverAsync_Https_GoesThroughATunnelThatSeesNothing(bool hasCredentials)
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => Task.CompletedTask, _authority.Server);
        await using var proxy = ProxyServer.Start(receiver.Url, hasCredentials ? Credentials : null);
        var target = receiver.Url;
        await using var destination = TestDestinations.Of(SettingsOf(target, proxy, hasCredentials) with { Ca = _authority.RootFile });

        var result = await destination.DeliverOneAsync();

        Assert.Equal((DeliveryOutcome.Delivered, null), (result.Outcome, result.Reason));
        Assert.Equal(hasCredentials ? 2 : 1, proxy.Heads.Count);
        Assert.All(proxy.Heads, head => Assert.StartsWith($"CONNECT {new Uri(target).Authority} HTTP/1.1", head, StringComparison.Ordinal));
        Assert.DoesNotContain("Proxy-Authorization", Assert.Single(receiver.Requests).Headers.Keys);
    }

    [Theory]
    [InlineData("http://crm.internal/", null, 407)]
    [InlineData("https://crm.internal/", "proxy", null)]
    public async Task DeliverAsync_ProxyRefusesUs_SaysSo(string url, string? errorClass, int? status)
    {
        await using var proxy = ProxyServer.Start("http://127.0.0.1:1", Credentials);
        await using var destination = TestDestinations.Of(SettingsOf(url, proxy, hasCredentials: false));

        var result = await destination.DeliverOneAsync();

        Assert.Equal((errorClass ?? "status", status), (result.ErrorClass, result.Status));
    }

    [Fact]
    public async Task DeliverAsync_ProxyIsPrivateAndTargetUnknownHere_IsTheOperatorsWord()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var proxy = ProxyServer.Start(receiver.Url);
        var settings = SettingsOf("http://169.254.169.254/", proxy, hasCredentials: false) with { AllowPrivateNetwork = false };
        var factory = new WebhookDestinationFactory(TimeProvider.System, (_, _) => throw new InvalidOperationException("A name was resolved here."));
        await using var destination = factory.Create(TestDestinations.ConfigOf(settings));

        var result = await destination.DeliverOneAsync();

        Assert.Equal(DeliveryOutcome.Delivered, result.Outcome);
        Assert.Null(await factory.CheckAsync(TestDestinations.ConfigOf(settings), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("https://proxy:3128", null, null, "proxy.url")]
    [InlineData("socks5://proxy:3128", null, null, "proxy.url")]
    [InlineData("http://planted:pw@proxy:3128", null, null, "proxy.url")]
    [InlineData("http://proxy:3128/path", null, null, "proxy.url")]
    [InlineData("proxy:3128", null, null, "proxy.url")]
    [InlineData("http://proxy:3128", null, "planted", "proxy.user")]
    [InlineData("http://proxy:3128", "planted:", null, "proxy.user")]
    public void Validate_BadProxy_NamesTheMember(string url, string? user, string? password, string member)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings
        {
            Url = "https://crm.example.com/", Proxy = new ProxySettings { Url = url, User = user, Password = password },
        }));

        Assert.Equal(member, error.Member);
        Assert.DoesNotContain("planted", error.Message, StringComparison.Ordinal);
    }

    private static WebhookSettings SettingsOf(string url, ProxyServer proxy, bool hasCredentials) => new()
    {
        Url = url,
        Proxy = new ProxySettings { Url = proxy.Url, User = hasCredentials ? "us er" : null, Password = hasCredentials ? "p:w" : null },
        AllowPrivateNetwork = true,
    };
}
