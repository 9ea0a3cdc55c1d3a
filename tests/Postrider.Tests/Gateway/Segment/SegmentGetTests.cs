using System.Net;
using System.Text.Json;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>What SDKs fetch first, and images that are events.</summary>
public sealed class SegmentGetTests
{
    private static readonly PostriderConfig Web = new()
    {
        Sources = new Dictionary<string, SourceConfig> { ["web"] = new() { Name = "web", WriteKey = "wk_web" } },
    };

    [Theory]
    [InlineData("/sourceConfig?writeKey=wk_web&v=1", null)]
    [InlineData("/sourceConfig/?writeKey=wk_web", null)]
    [InlineData("/sourceConfig/", "wk_web")]
    public async Task SourceConfig_SaysThatTheSourceIsThereAndHasNoDestinations(string path, string? key)
    {
        await using var server = await GatewayServer.StartAsync(Web);

        var answer = await server.GetAsync(path, request => Authorize(request, key));

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.Headers["Content-Type"]));
        using var json = JsonDocument.Parse(answer.Body);
        var source = json.RootElement.GetProperty("source");
        Assert.Equal(("web", "web", "wk_web", true), (source.Text("id"), source.Text("name"), source.Text("writeKey"), source.GetProperty("enabled").GetBoolean()));
        Assert.False(source.GetProperty("config").GetProperty("statsCollection").GetProperty("errors").GetProperty("enabled").GetBoolean());
        Assert.Equal(0, source.GetProperty("destinations").GetArrayLength());
    }

    [Theory]
    [InlineData("/sourceConfig", 401)]
    [InlineData("/sourceConfig?writeKey=x", 401)]
    [InlineData("/v1/projects/x/settings", 401)]
    public async Task Descriptions_AreForKnownKeys(string path, int status)
    {
        await using var server = await GatewayServer.StartAsync(Web);

        var answer = await server.GetAsync(path);

        Assert.Equal(status, (int)answer.Status);
    }

    [Fact]
    public async Task Settings_NameThisServerAsTheOneToSendTo()
    {
        await using var server = await GatewayServer.StartAsync(Web);

        var answer = await server.GetAsync("/v1/projects/wk_web/settings");
        var behindProxy = await server.GetAsync("/v1/projects/wk_web/settings", request => request.Headers.Add("X-Forwarded-Proto", "https"));

        using var json = JsonDocument.Parse(answer.Body);
        var segment = json.RootElement.GetProperty("integrations").GetProperty("Segment.io");
        Assert.Equal(
            ("wk_web", $"{server.Url.Authority}/v1", "http"),
            (segment.Text("apiKey"), segment.Text("apiHost"), segment.Text("protocol")));
        Assert.Contains("\"protocol\":\"https\"", behindProxy.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pixel_IsAnEventAndAnImage()
    {
        await using var server = await GatewayServer.StartAsync(Web);

        var answer = await server.GetAsync(
            "/pixel/v1/track?writeKey=wk_web&anonymousId=%22a1%22&event=Mail%20opened&properties.list=x&context.page.title=Hi&context.page=odd&context.page.url=u");
        var page = await server.GetAsync("/pixel/v1/page?writeKey=wk_web&userId=u1");

        Assert.All([answer, page], one => Assert.Equal((HttpStatusCode.OK, "image/gif"), (one.Status, one.Headers["Content-Type"])));
        Assert.StartsWith("GIF89a", answer.Body, StringComparison.Ordinal);
        var stored = server.Log.Stored.Select(one => one.Json()).ToList();
        Assert.Equal(
            ("a1", "track", "Mail opened", "web", "x", """{"page":{"url":"u"}}"""),
            (stored[0].Text("anonymousId"), stored[0].Text("type"), stored[0].Text("event"), stored[0].Text("channel"),
                stored[0].GetProperty("properties").Text("list"), stored[0].GetProperty("context").GetRawText()));
        Assert.Equal(("page", "Unknown Page"), (stored[1].Text("type"), stored[1].Text("name")));
        Assert.False(stored[0].TryGetProperty("writeKey", out _));
        Assert.Empty(server.Logs.Lines);
    }

    [Theory]
    [InlineData("/pixel/v1/track?writeKey=wrong&userId=u1&event=x")]
    [InlineData("/pixel/v1/track?writeKey=wk_web&event=x")]
    [InlineData("/pixel/v1/track?writeKey=wk_web&userId=u1&event=")]
    [InlineData("/pixel/v1/track?writeKey=wk_web&userId=%ff%fe&anonymousId.x=1")]
    [InlineData("/pixel/v1/page")]
    public async Task Pixel_ThatIsNoEvent_IsAnImageAllTheSame(string path)
    {
        await using var server = await GatewayServer.StartAsync(Web);

        var answer = await server.GetAsync(path);

        Assert.Equal((HttpStatusCode.OK, "image/gif"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Empty(server.Logs.Lines);
    }

    private static void Authorize(HttpRequestMessage request, string? key)
    {
        if (key is not null)
        {
            request.Headers.Add("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key + ":")));
        }
    }
}
