using Postrider.Configuration;
using Postrider.Destinations.Http;
using Postrider.Destinations.Webhook;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>The settings as a file writes them.</summary>
public sealed class WebhookYamlTests
{
    [Fact]
    public void ReadText_EveryNestedMember_IsBound()
    {
        var settings = Read("""
            url: https://crm.example.com/users/{userId}
            method: PATCH
            eventHeaders: { X-Tenant: "{context.tenant:-none}" }
            auth: { oauth2: { tokenUrl: https://auth.example.com/t, clientId: a, clientSecret: "${S}", scopes: [x, y], audience: z, clientAuth: body } }
            proxy: { url: "http://proxy:3128", user: u, password: "${S}" }
            compress: gzip
            compressAbove: 2KiB
            """);

        Assert.Equal(("PATCH", "{context.tenant:-none}"), (settings.Method, settings.EventHeaders["X-Tenant"]));
        Assert.Equal(("planted", OAuth2ClientAuth.Body), (settings.Auth!.Oauth2!.ClientSecret, settings.Auth.Oauth2.ClientAuth));
        Assert.Equal(["x", "y"], settings.Auth.Oauth2.Scopes);
        Assert.Equal(("u", "planted"), (settings.Proxy!.User, settings.Proxy.Password));
        Assert.Equal((BodyCompression.Gzip, 2048L), (settings.Compress, settings.CompressAbove.Bytes));
    }

    [Fact]
    public void ReadText_Batch_HasItsDefaults()
    {
        var settings = Read("""
            url: https://crm.example.com/
            batch: { format: ndjson, items: event, results: true }
            """);
        var empty = Read("""
            url: https://crm.example.com/
            batch: {}
            """);

        Assert.Equal(new WebhookBatchSettings { Format = BatchFormat.Ndjson, Items = BatchItems.Event, Results = true }, settings.Batch);
        Assert.Equal(new WebhookBatchSettings(), empty.Batch);
    }

    [Theory]
    [InlineData("auth: { basic: {} }", "auth.basic: the member 'user' is missing")]
    [InlineData("auth: { apiKey: { header: a } }", "auth.apiKey: the member 'value' is missing")]
    [InlineData("auth: { oauth2: { tokenUrl: 'https://a/', clientId: b } }", "auth.oauth2: the member 'clientSecret' is missing")]
    [InlineData("auth: {}", "auth: must have exactly one of")]
    [InlineData("auth: { bearer: '${S} x' }", "auth.bearer: must be printable")]
    [InlineData("proxy: {}", "proxy: the member 'url' is missing")]
    [InlineData("clientCertificate: {}", "clientCertificate: the member 'file' is missing")]
    [InlineData("batch: { maxEvents: 0 }", "batch.maxEvents: must be between 1 and 10000")]
    [InlineData("compress: zip", "compress: expected one of none, gzip")]
    public void ReadText_Mistake_IsNamedOnceWithoutSecrets(string yaml, string part)
    {
        var exception = Assert.Throws<InvalidConfigException>(() => Read("url: https://crm.example.com/\n" + yaml));

        var error = Assert.Single(exception.Errors).ToString();
        Assert.Contains($"destinations.crm.{part}", error, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", error, StringComparison.Ordinal);
    }

    private static WebhookSettings Read(string members)
    {
        var reader = new YamlConfigReader([new WebhookDestinationFactory()], _ => "planted");
        var text = "destinations:\n  crm:\n    type: webhook\n    " + members.ReplaceLineEndings("\n").Replace("\n", "\n    ", StringComparison.Ordinal);
        return (WebhookSettings)reader.ReadText(text, "t.yaml", Path.GetTempPath()).Destinations["crm"].Settings;
    }
}
