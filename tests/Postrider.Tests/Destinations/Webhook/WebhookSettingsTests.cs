using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

public sealed class WebhookSettingsTests
{
    private const string GoodSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string GoodUrl = "https://crm.example.com/events";

    [Theory]
    [InlineData("http://example.com")]
    [InlineData("https://example.com:8443/a/b?c=d")]
    [InlineData("http://[::1]:5000/webhook1")]
    [InlineData("HTTPS://Example.COM/")]
    public void Validate_GoodUrl_FindsNothing(string url) => Assert.Empty(SettingsErrors.Of(new WebhookSettings { Url = url }));

    [Theory]
    [InlineData("", "http or https")]
    [InlineData("/events", "http or https")]
    [InlineData("example.com/events", "http or https")]
    [InlineData("ftp://example.com", "http or https")]
    [InlineData("file:///etc/passwd", "http or https")]
    [InlineData("https://", "http or https")]
    [InlineData("https://user:pass@example.com/", "auth:")]
    [InlineData("https://user@example.com/", "auth:")]
    [InlineData("https://example.com/#part", "fragment")]
    [InlineData("https://example.com/#", "fragment")]
    public void Validate_BadUrl_NamesUrl(string url, string part)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = url }));

        Assert.Equal("url", error.Member);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pass", error.Message.Replace("password", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(63)]
    [InlineData(64)]
    public void Validate_SecretOfPossibleLength_FindsNothing(int bytes)
    {
        var secret = "whsec_" + Convert.ToBase64String(new byte[bytes]);

        Assert.Empty(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Secret = secret, Secrets = [secret] }));
    }

    [Theory]
    [InlineData(0, "holds 0")]
    [InlineData(23, "holds 23")]
    [InlineData(65, "holds 65")]
    [InlineData(200, "at most 64")]
    public void Validate_SecretOfImpossibleLength_SaysSo(int bytes, string part)
    {
        var secret = "whsec_" + Convert.ToBase64String(new byte[bytes]);

        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Secret = secret }));

        Assert.Equal("secret", error.Member);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "begin with whsec_")]
    [InlineData("WHSEC_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "begin with whsec_")]
    [InlineData("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "base64")]
    [InlineData("whsec_not-base64-not-base64-not-base64-", "base64")]
    public void Validate_SecretOfAnotherForm_SaysWhatWithoutRepeatingIt(string secret, string part)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Secrets = [GoodSecret, secret] }));

        Assert.Equal("secrets[1]", error.Member);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MDEy", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-base64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_TooManySecrets_SaysHowManyArePossible()
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Secret = GoodSecret, Secrets = [.. Enumerable.Repeat(GoodSecret, 8)] }));

        Assert.Equal("secrets", error.Member);
    }

    [Theory]
    [InlineData("Authorization", "Bearer abc")]
    [InlineData("X-Api-Key", "")]
    [InlineData("Content-Type", "application/cloudevents+json")]
    [InlineData("User-Agent", "mine\tand yours")]
    [InlineData("Content-Language", "en")]
    public void Validate_PossibleHeader_FindsNothing(string name, string value) =>
        Assert.Empty(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Headers = new Dictionary<string, string> { [name] = value } }));

    [Theory]
    [InlineData("Host")]
    [InlineData("host")]
    [InlineData("Content-Length")]
    [InlineData("Content-Encoding")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Authorization")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("Expect")]
    [InlineData("webhook-id")]
    [InlineData("Webhook-Signature")]
    [InlineData("POSTRIDER-attempt")]
    [InlineData("TraceParent")]
    [InlineData("")]
    [InlineData("X Y")]
    [InlineData("X:Y")]
    [InlineData("X\r\nY")]
    [InlineData("Ä")]
    public void Validate_ImpossibleHeaderName_NamesIt(string name)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Headers = new Dictionary<string, string> { [name] = "v" } }));

        Assert.Equal($"headers.{name}", error.Member);
    }

    [Theory]
    [InlineData("topsecret\r\nX-Other: 1")]
    [InlineData("topsecret\n")]
    [InlineData("topsecret\0")]
    [InlineData("topsecretä")]
    [InlineData("topsecret\u007f")]
    public void Validate_ImpossibleHeaderValue_DoesNotRepeatIt(string value)
    {
        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Headers = new Dictionary<string, string> { ["X-A"] = value } }));

        Assert.Equal("headers.X-A", error.Member);
        Assert.DoesNotContain("topsecret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_HeaderTwiceInOtherCase_NamesTheSecond()
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["X-A"] = "1", ["x-a"] = "2" };

        var error = Assert.Single(SettingsErrors.Of(new WebhookSettings { Url = GoodUrl, Headers = headers }));

        Assert.Equal("headers.x-a", error.Member);
    }

    [Fact]
    public void Validate_ManyMistakes_FindsAll()
    {
        var settings = new WebhookSettings { Url = "x", Secret = "x", Secrets = ["y"], Headers = new Dictionary<string, string> { ["Host"] = "h" }, AllowNetworks = ["10.0.0.0/8", "z"] };

        var members = SettingsErrors.Of(settings).Select(error => error.Member);

        Assert.Equal(["url", "secret", "secrets[0]", "headers.Host", "allowNetworks[1]"], members);
    }

    [Fact]
    public void ToString_WithSecretsHeadersAndQuery_ShowsNoneOfThem()
    {
        var settings = new WebhookSettings
        {
            Url = "https://crm.example.com/events?token=planted-query",
            Secret = GoodSecret,
            Secrets = [GoodSecret],
            Headers = new Dictionary<string, string> { ["Authorization"] = "planted-header" },
            AllowNetworks = ["10.0.0.0/8"],
        };

        var text = settings.ToString();

        Assert.Equal("WebhookSettings { Url = https://crm.example.com/events, Secrets = 2, Headers = [Authorization], AllowPrivateNetwork = False, AllowNetworks = [10.0.0.0/8] }", text);
    }
}
