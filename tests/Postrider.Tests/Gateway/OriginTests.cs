using System.Net;
using System.Text;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway;

/// <summary>Pages of other origins at every door that takes events.</summary>
public sealed class OriginTests
{
    private const string CloudEvent = """{"specversion":"1.0","type":"t","source":"s","id":"1"}""";

    public static TheoryData<string, string> Doors => new()
    {
        { "/publish", """{"userId":1,"payload":2}""" },
        { "/events", CloudEvent },
        { "/webhook/web", "{}" },
        { "/v1/track", """{"userId":1}""" },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Preflight_IsAllowedIfAnySourceAllowsTheOrigin(string path, string body)
    {
        await using var server = await StartAsync();

        var other = await PreflightAsync(server, path, "https://shop.example");
        var evil = await PreflightAsync(server, path, "https://evil.example");

        Assert.NotEmpty(body);
        Assert.Equal(
            (HttpStatusCode.NoContent, "https://shop.example", "true", "POST", "authorization,idempotency-key"),
            (other.Status, other.Headers["Access-Control-Allow-Origin"], other.Headers["Access-Control-Allow-Credentials"],
                other.Headers["Access-Control-Allow-Methods"], other.Headers["Access-Control-Allow-Headers"]));
        Assert.Equal(HttpStatusCode.NoContent, evil.Status);
        Assert.DoesNotContain("Access-Control-Allow-Origin", evil.Headers.Keys);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Request_IsHeldToItsOwnSource_AndErrorsAreReadable(string path, string body)
    {
        await using var server = await StartAsync();

        var own = await SendAsync(server, path, body, "https://web.example");
        var noPage = await SendAsync(server, path, body, null);
        var others = await SendAsync(server, path, body, "https://shop.example");
        var wrong = await SendAsync(server, path, "{", "https://web.example");

        Assert.Equal((HttpStatusCode.OK, "https://web.example", "Origin"), (own.Status, own.Headers["Access-Control-Allow-Origin"], own.Headers["Vary"]));
        Assert.Contains("Postrider-Event-Id", own.Headers["Access-Control-Expose-Headers"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, noPage.Status);
        Assert.DoesNotContain("Access-Control-Allow-Origin", noPage.Headers.Keys);
        others.AssertError(HttpStatusCode.Forbidden, "the source takes no events from pages of this origin");
        Assert.Equal("https://shop.example", others.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal((HttpStatusCode.BadRequest, "https://web.example"), (wrong.Status, wrong.Headers["Access-Control-Allow-Origin"]));
        Assert.Equal(2, server.Log.Stored.Count);
        server.Endpoint.StopAccepting();
        var stopping = await SendAsync(server, path, body, "https://web.example");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "https://web.example"), (stopping.Status, stopping.Headers["Access-Control-Allow-Origin"]));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Request_NamingTwoOrigins_IsNoneOfThem(string path, string body)
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(server, path, body, "https://web.example, https://web.example");

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Empty(server.Log.Stored);
    }

    private static Task<GatewayServer> StartAsync() => GatewayServer.StartAsync(new PostriderConfig
    {
        Sources = new Dictionary<string, SourceConfig>
        {
            ["web"] = new() { Name = "web", Default = true, AllowedOrigins = ["https://web.example"], Webhook = new WebhookSourceConfig { Auth = WebhookSourceAuth.None } },
            ["shop"] = new() { Name = "shop", WriteKey = "wk_shop", AllowedOrigins = ["https://shop.example"] },
        },
    });

    private static async Task<Answer> PreflightAsync(GatewayServer server, string path, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,idempotency-key");
        return await server.SendAsync(request);
    }

    private static async Task<Answer> SendAsync(GatewayServer server, string path, string body, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/cloudevents+json");
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        return await server.SendAsync(request);
    }
}
