using Postrider.Destinations;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookAuthTests
{
    private const string Url = "https://crm.example.com/";

    public static TheoryData<AuthSettings, string> Mistakes => new()
    {
        { new AuthSettings(), "auth" },
        { new AuthSettings { Bearer = "planted", Basic = new BasicAuthSettings { User = "planted" } }, "auth" },
        { new AuthSettings { Bearer = "" }, "auth.bearer" },
        { new AuthSettings { Bearer = "Bearer planted" }, "auth.bearer" },
        { new AuthSettings { Bearer = "planted\n" }, "auth.bearer" },
        { new AuthSettings { Basic = new BasicAuthSettings { User = "planted:" } }, "auth.basic.user" },
        { new AuthSettings { ApiKey = new ApiKeySettings { Value = "planted" } }, "auth.apiKey" },
        { new AuthSettings { ApiKey = new ApiKeySettings { Value = "planted", Header = "a", Query = "b" } }, "auth.apiKey" },
        { new AuthSettings { ApiKey = new ApiKeySettings { Value = "", Header = "a" } }, "auth.apiKey.value" },
        { new AuthSettings { ApiKey = new ApiKeySettings { Value = "planted", Header = "Host" } }, "auth.apiKey.header" },
        { new AuthSettings { ApiKey = new ApiKeySettings { Value = "planted\r\n", Header = "X-Key" } }, "auth.apiKey.header" },
        { new AuthSettings { ApiKey = new ApiKeySettings { Value = "planted", Query = "" } }, "auth.apiKey.query" },
        { new AuthSettings { Oauth2 = Client with { TokenUrl = "planted" } }, "auth.oauth2.tokenUrl" },
        { new AuthSettings { Oauth2 = Client with { TokenUrl = "https://planted:planted@auth.example.com/" } }, "auth.oauth2.tokenUrl" },
        { new AuthSettings { Oauth2 = Client with { ClientId = "" } }, "auth.oauth2.clientId" },
        { new AuthSettings { Oauth2 = Client with { ClientSecret = "" } }, "auth.oauth2.clientSecret" },
        { new AuthSettings { Oauth2 = Client with { Scopes = ["a", "planted b"] } }, "auth.oauth2.scopes[1]" },
    };

    private static OAuth2Settings Client => new() { TokenUrl = "https://auth.example.com/token", ClientId = "id", ClientSecret = "planted" };

    [Fact]
    public async Task DeliverAsync_Bearer_SendsIt()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Auth = new AuthSettings { Bearer = "abc" }, AllowPrivateNetwork = true });

        await destination.DeliverOneAsync();

        Assert.Equal("Bearer abc", Assert.Single(receiver.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task DeliverAsync_Basic_SendsUserAndPasswordAsUtf8()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var auth = new AuthSettings { Basic = new BasicAuthSettings { User = "Zoë", Password = "a:b" } };
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Auth = auth, AllowPrivateNetwork = true });

        await destination.DeliverOneAsync();

        Assert.Equal("Basic Wm/DqzphOmI=", Assert.Single(receiver.Requests).Headers["Authorization"]);
    }

    [Theory]
    [InlineData("/a", "/a?k%20y={v}%26%3D")]
    [InlineData("/a?b=c", "/a?b=c&k%20y={v}%26%3D")]
    public async Task DeliverAsync_ApiKeyInTheQuery_IsEscapedAndNeverATemplate(string path, string target)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var auth = new AuthSettings { ApiKey = new ApiKeySettings { Query = "k y", Value = "{v}&=" } };
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url + path, Auth = auth, AllowPrivateNetwork = true });

        await destination.DeliverOneAsync();

        var sent = Assert.Single(receiver.Requests).Target;
        Assert.Equal(target.Replace("{v}", "%7Bv%7D", StringComparison.Ordinal), sent);
    }

    [Fact]
    public async Task DeliverAsync_ApiKeyInAHeader_SendsIt()
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        var auth = new AuthSettings { ApiKey = new ApiKeySettings { Header = "X-Api-Key", Value = "abc" } };
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Auth = auth, AllowPrivateNetwork = true });

        await destination.DeliverOneAsync();

        Assert.Equal("abc", Assert.Single(receiver.Requests).Headers["X-Api-Key"]);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task DeliverAsync_Method_IsTheOneOfTheSettings(string method)
    {
        await using var receiver = await WebhookReceiver.StartAsync(200);
        await using var destination = TestDestinations.Of(new WebhookSettings { Url = receiver.Url, Method = method, AllowPrivateNetwork = true });

        var result = await destination.DeliverOneAsync();

        Assert.Equal(DeliveryOutcome.Delivered, result.Outcome);
        Assert.Equal((method, """{"a":1}"""), (receiver.Requests[0].Method, System.Text.Encoding.UTF8.GetString(receiver.Requests[0].Body)));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("post")]
    [InlineData("")]
    public void Validate_OtherMethod_NamesIt(string method) =>
        Assert.Equal("method", Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = Url, Method = method })).Member);

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Validate_BadAuth_NamesTheMemberWithoutItsValue(AuthSettings auth, string member)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = Url, Auth = auth }));

        Assert.Equal(member, error.Member);
        Assert.DoesNotContain("planted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AuthBesideItsHeader_SaysSo()
    {
        var headers = new Dictionary<string, string> { ["authorization"] = "planted" };

        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = Url, Headers = headers, Auth = new AuthSettings { Bearer = "abc" } }));

        Assert.Equal("auth", error.Member);
    }

    [Fact]
    public void ToString_EveryNewMember_ShowsNoSecret()
    {
        AuthSettings[] all =
        [
            new() { Bearer = "planted" },
            new() { Basic = new BasicAuthSettings { User = "planted", Password = "planted" } },
            new() { ApiKey = new ApiKeySettings { Header = "X-Key", Value = "planted" } },
            new() { Oauth2 = Client with { TokenUrl = "https://auth.example.com/?planted" } },
        ];
        foreach (var auth in all)
        {
            var settings = new WebhookSettings
            {
                Url = Url + "?planted",
                Auth = auth,
                Proxy = new ProxySettings { Url = "http://proxy:1", User = "planted", Password = "planted" },
                ClientCertificate = new ClientCertificateSettings { File = "/c.pfx", Password = "planted" },
                EventHeaders = new Dictionary<string, string> { ["X-A"] = "{planted}" },
            };
            object?[] parts = [settings, settings.Auth, auth.Basic, auth.ApiKey, auth.Oauth2, settings.Proxy, settings.ClientCertificate];

            Assert.All(parts, part => Assert.DoesNotContain("planted", $"{part}", StringComparison.Ordinal));
        }
    }
}
