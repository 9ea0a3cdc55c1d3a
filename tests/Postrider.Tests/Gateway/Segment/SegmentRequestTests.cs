using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Who may send, from where, and how bodies may be wrapped.</summary>
public sealed class SegmentRequestTests
{
    private const string Event = """{"userId":"u1","type":"track"}""";

    private static readonly PostriderConfig TwoSources = new()
    {
        Sources = new Dictionary<string, SourceConfig>
        {
            ["web"] = new() { Name = "web", WriteKey = "wk_web" },
            ["shop"] = new() { Name = "shop", WriteKey = "wk_shop" },
        },
    };

    [Theory]
    [InlineData("/v1/track", Event, "wk_web", 200)]
    [InlineData("/v1/track?writeKey=wk_web", Event, null, 200)]
    [InlineData("/v1/track?writeKey=wk_wrong", Event, null, 401)]
    [InlineData("/v1/track", Event, "wk_wrong", 401)]
    [InlineData("/v1/track", Event, null, 401)]
    [InlineData("/t", """{"userId":"u1","writeKey":"wk_web"}""", null, 200)]
    [InlineData("/t", """{"userId":"u1","writeKey":"x","write\u004bey":"wk\u005fweb"}""", null, 200)]
    [InlineData("/b", """{"batch":[{"userId":"u1","type":"track"}],"writeKey":"wk_web"}""", null, 200)]
    [InlineData("/b", """{"batch":[{"userId":"u1","type":"track","writeKey":"wk_web"}]}""", null, 401)]
    [InlineData("/b", """{"batch":[{"userId":"u1","type":"track"}],"writeKey":"wk_shop"}""", "wk_web", 200)]
    [InlineData("/beacon/v1/batch?writeKey=wk_web", """{"batch":[{"userId":"u1","type":"track"}]}""", null, 200)]
    [InlineData("/beacon/v1/batch", """{"batch":[{"userId":"u1","type":"track"}]}""", null, 401)]
    public async Task Source_IsNamedByHeaderQueryOrBody(string path, string body, string? key, int status)
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);

        var answer = await server.PostAsync(path, body, key);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(status == 200 ? ["web"] : [], server.Log.Stored.Select(stored => stored.Source));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task Body_MayBeCompressed(string encoding)
    {
        await using var server = await GatewayServer.StartAsync();
        var body = Encoding.UTF8.GetBytes($$"""{"userId":"u1","x":"{{new string('y', 100_000)}}"}""");

        var answer = await server.PostAsync("/v1/track", Compressed.As(encoding, body), change: Encoded(encoding));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(new string('y', 100_000), Assert.Single(server.Log.Stored).Json().Text("x"));
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Body_ThatInflatesBeyondTheLimit_IsRefused()
    {
        var config = new PostriderConfig { Gateway = new GatewayConfig { MaxBodySize = new ByteSize(50_000) } };
        await using var server = await GatewayServer.StartAsync(config);
        var allowed = Encoding.UTF8.GetBytes(Event.PadRight(50_000));

        foreach (var encoding in (string[])["gzip", "deflate", "br"])
        {
            var exact = await server.PostAsync("/v1/track", Compressed.As(encoding, allowed), change: Encoded(encoding));
            var over = await server.PostAsync("/v1/track", Compressed.As(encoding, [.. allowed, (byte)' ']), change: Encoded(encoding));
            var bomb = await server.PostAsync("/v1/track", Compressed.As(encoding, new byte[40_000_000]), change: Encoded(encoding));

            Assert.Equal(HttpStatusCode.OK, exact.Status);
            over.AssertError(HttpStatusCode.RequestEntityTooLarge, "the body is larger than 50000 bytes");
            bomb.AssertError(HttpStatusCode.RequestEntityTooLarge, "the body is larger than 50000 bytes");
        }

        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Body_ThatIsCutOrNotCompressed_IsRefused(string encoding)
    {
        await using var server = await GatewayServer.StartAsync();
        var whole = Compressed.As(encoding, Encoding.UTF8.GetBytes(Event.PadRight(5_000)));

        var plain = await server.PostAsync("/v1/track", Event, change: Encoded(encoding));
        var half = await server.PostAsync("/v1/track", whole[..(whole.Length / 2)], change: Encoded(encoding));

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (plain.Status, half.Status));
        Assert.Empty(server.Log.Stored);
        Assert.Empty(server.Logs.Lines);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    public async Task Encoding_Unknown_Is415(string encoding)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync("/v1/track", Event, change: Encoded(encoding));

        answer.AssertError(HttpStatusCode.UnsupportedMediaType, "Content-Encoding not supported: use gzip, deflate or br, or send the body uncompressed");
    }

    [Fact]
    public async Task ContentType_IsNotLookedAt()
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync("/v1/track", Event, change: request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/plain"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task SourceDisabled_Is404()
    {
        await using var server = await GatewayServer.StartAsync(SegmentSources.Each(TwoSources, (name, source) => source with { Enabled = name != "web" }));

        var answer = await server.PostAsync("/v1/track", Event, "wk_web");
        var inBody = await server.PostAsync("/t", """{"userId":"u1","writeKey":"wk_web"}""");

        answer.AssertError(HttpStatusCode.NotFound, "source is disabled");
        inBody.AssertError(HttpStatusCode.NotFound, "source is disabled");
        Assert.Contains("\"enabled\":false", (await server.GetAsync("/sourceConfig?writeKey=wk_web")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Origin_IsAllowedByItsOwnSource_AndThePreflightByAny()
    {
        await using var server = await GatewayServer.StartAsync(SegmentSources.Each(
            TwoSources, (name, source) => source with { AllowedOrigins = name == "web" ? ["https://web.example"] : ["https://shop.example"] }));

        var preflight = await PreflightAsync(server, "https://shop.example");
        var refusedPreflight = await PreflightAsync(server, "https://evil.example");
        var own = await server.PostAsync("/v1/track", Event, "wk_web", From("https://web.example"));
        var others = await server.PostAsync("/v1/track", Event, "wk_web", From("https://shop.example"));
        var noPage = await server.PostAsync("/v1/track", Event, "wk_web");

        Assert.Equal(
            (HttpStatusCode.NoContent, "https://shop.example", "true", "POST", "authorization,x-custom"),
            (preflight.Status, preflight.Headers["Access-Control-Allow-Origin"], preflight.Headers["Access-Control-Allow-Credentials"],
                preflight.Headers["Access-Control-Allow-Methods"], preflight.Headers["Access-Control-Allow-Headers"]));
        Assert.DoesNotContain("Access-Control-Allow-Origin", refusedPreflight.Headers.Keys);
        Assert.Equal((HttpStatusCode.OK, "https://web.example"), (own.Status, own.Headers["Access-Control-Allow-Origin"]));
        others.AssertError(HttpStatusCode.Forbidden, "the source takes no events from pages of this origin");
        Assert.Equal("https://shop.example", others.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("Origin", own.Headers["Vary"]);
        Assert.Equal(HttpStatusCode.OK, noPage.Status);
    }

    [Fact]
    public async Task Origin_Any_GetsNoCredentials_AndErrorsAreReadableToo()
    {
        await using var server = await GatewayServer.StartAsync(TwoSources);

        var preflight = await PreflightAsync(server, "https://any.example");
        var error = await server.PostAsync("/v1/track", Event, "wk_wrong", From("https://any.example"));

        Assert.Equal("*", preflight.Headers["Access-Control-Allow-Origin"]);
        Assert.DoesNotContain("Access-Control-Allow-Credentials", preflight.Headers.Keys);
        Assert.Equal((HttpStatusCode.Unauthorized, "*"), (error.Status, error.Headers["Access-Control-Allow-Origin"]));
        Assert.Contains("Retry-After", error.Headers["Access-Control-Expose-Headers"], StringComparison.Ordinal);
    }

    private static async Task<Answer> PreflightAsync(GatewayServer server, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/track");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,x-custom");
        return await server.SendAsync(request);
    }

    private static Action<HttpRequestMessage> From(string origin) => request => request.Headers.Add("Origin", origin);

    private static Action<HttpRequestMessage> Encoded(string encoding) => request => request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
}
