using System.Net;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway;

public sealed class PublishAuthenticationTests
{
    private static readonly byte[] Good = """{"userId":"u","payload":1}"""u8.ToArray();

    private static readonly PostriderConfig TwoSources = new()
    {
        Sources = new Dictionary<string, SourceConfig>
        {
            ["web"] = new() { WriteKey = "wk_web", WriteKeys = ["wk_web_new", "schlüssel"] },
            ["shop"] = new() { WriteKeys = ["wk_shop"] },
        },
    };

    [Theory]
    [InlineData("wk_web", "web")]
    [InlineData("wk_web_new", "web")]
    [InlineData("schlüssel", "web")]
    [InlineData("wk_shop", "shop")]
    public async Task Publish_KnownKey_ComesFromItsSource(string key, string source)
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);

        var answer = await server.PublishAsync(Good, key);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(source, Assert.Single(server.Log.Stored).Source);
        Assert.Equal(1, server.Counters["postrider.gateway.events:" + source]);
    }

    [Theory]
    [InlineData("wk_we")]
    [InlineData("wk_webx")]
    [InlineData("WK_WEB")]
    [InlineData("")]
    public async Task Publish_UnknownKey_Answers401EvenWithADefaultSource(string key)
    {
        var sources = new Dictionary<string, SourceConfig>(TwoSources.Sources) { ["app"] = new() { Default = true } };
        await using var server = await GatewayServer.StartAsync(TwoSources with { Sources = sources });

        var answer = await server.PublishAsync(Good, key);

        answer.AssertError(HttpStatusCode.Unauthorized, "write key unknown");
        Assert.Equal("Basic realm=\"postrider\", charset=\"UTF-8\"", answer.Headers["WWW-Authenticate"]);
        Assert.Equal(1, server.Counters["postrider.gateway.refused:unauthorized"]);
    }

    [Theory]
    [InlineData("Bearer d2tfd2ViOg==")]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic d2tfd2Vi")]
    [InlineData("Basic d2tfd2ViOg")]
    [InlineData("wk_web")]
    public async Task Publish_MalformedAuthorization_Answers401(string header)
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);

        var answer = await server.PublishAsync(Good, change: request => request.Headers.TryAddWithoutValidation("Authorization", header));

        answer.AssertError(
            HttpStatusCode.Unauthorized, "Authorization header malformed: send the write key as the user name of Basic authentication");
        Assert.Empty(server.Log.Stored);
    }

    [Fact]
    public async Task Publish_EndlessAuthorization_Answers401()
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);

        var answer = await server.PublishAsync(Good, writeKey: new string('k', 5000));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
    }

    [Theory]
    [InlineData("basic")]
    [InlineData("BASIC")]
    public async Task Publish_SchemeInAnyCaseAndAnyPassword_IsAccepted(string scheme)
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes("wk_web:pass:word"));

        var answer = await server.PublishAsync(Good, change: request => request.Headers.TryAddWithoutValidation("Authorization", $"{scheme}  {credentials}"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task Publish_NoKeyAndNoDefaultSource_Answers401()
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);

        var answer = await server.PublishAsync(Good);

        answer.AssertError(HttpStatusCode.Unauthorized, "write key missing: send it as the user name of Basic authentication");
        Assert.True(answer.Headers.ContainsKey("WWW-Authenticate"));
    }

    [Fact]
    public async Task Publish_KeyRotatedByReload_FollowsTheConfiguration()
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);
        var rotated = new Dictionary<string, SourceConfig> { ["web"] = new() { WriteKey = "wk_web_new" } };

        var before = await server.PublishAsync(Good, "wk_web");
        server.Config.Current = new PostriderConfig { Sources = rotated };
        var old = await server.PublishAsync(Good, "wk_web");
        var current = await server.PublishAsync(Good, "wk_web_new");

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.OK), (before.Status, old.Status, current.Status));
    }
}
