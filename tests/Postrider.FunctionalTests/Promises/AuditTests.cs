using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>What operators see and do on the real server, and what is written down of it.</summary>
[Collection(RealServers.Name)]
public sealed class AuditTests
{
    private const string Sources = """
        sources:
          app: { default: true }
          web: { writeKey: wk_s3cr3t_web, required: [context.tenant], key: account.id }
          off: { writeKey: wk_s3cr3t_off, enabled: false }
          hooks: { webhook: { auth: none } }
          signed: { webhook: { signature: { scheme: github, secrets: [s3cr3t] } } }
        """;

    [Fact]
    public async Task Changes_KilledAndStartedAgain_AreStillWrittenDown()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer(Sources + "\ndestinations:\n" + PostriderServer.Webhook("hook", receiver.Address));
        await server.StartAsync();
        await server.PauseAsync("hook");
        server.Process.Hangup();
        await server.Process.WaitForLineAsync("The configuration was reloaded");
        var before = await Eventually.GetAsync("the reload is written down", () => AuditAsync(server), entries => entries.Count == 2);

        await server.KillAsync();
        await server.StartAsync();

        Assert.Equal(["signal reload", "local pause hook"], before);
        Assert.Equal(before, await AuditAsync(server));
    }

    [Fact]
    public async Task SourceTest_OfEachKindOfSource_GoesThroughTheGatewaysDoor()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer(Sources + "\ndestinations:\n" + PostriderServer.Webhook("hook", receiver.Address));
        await server.StartAsync();

        foreach (var source in new[] { "app", "web", "hooks" })
        {
            var (status, body) = await CallAsync(server, HttpMethod.Post, $"/api/sources/{source}/test");
            Assert.Equal((200, source), (status, source));
            var id = body.GetProperty("eventId").GetString()!;
            await server.StoryAsync(id, "hook", "delivered");
            var (_, story) = await CallAsync(server, HttpMethod.Get, $"/api/events/{id}");
            Assert.Equal(source, story.GetProperty("source").GetString());
        }

        var off = await CallAsync(server, HttpMethod.Post, "/api/sources/off/test");
        var signed = await CallAsync(server, HttpMethod.Post, "/api/sources/signed/test");
        Assert.Equal((409, "The gateway answered 404: source is disabled"), (off.Status, off.Body.GetProperty("error").GetString()));
        Assert.Equal(409, signed.Status);
        Assert.Contains("signed webhooks only", signed.Body.GetProperty("error").GetString(), StringComparison.Ordinal);
        var (_, config) = await CallAsync(server, HttpMethod.Get, "/api/config");
        Assert.Equal(server.ConfigFile, config.GetProperty("file").GetString());
        Assert.DoesNotContain("s3cr3t", config.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(config.GetProperty("pending").EnumerateArray());
    }

    private static async Task<List<string>> AuditAsync(PostriderServer server)
    {
        var (_, body) = await CallAsync(server, HttpMethod.Get, "/api/audit");
        return [.. body.GetProperty("items").EnumerateArray().Select(entry =>
            $"{entry.GetProperty("by").GetString()} {entry.GetProperty("action").GetString()} {entry.GetProperty("target").GetString()}".TrimEnd())];
    }

    private static async Task<(int Status, JsonElement Body)> CallAsync(PostriderServer server, HttpMethod method, string path)
    {
        using var client = new HttpClient { BaseAddress = server.Admin };
        using var request = new HttpRequestMessage(method, path);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return ((int)answer.StatusCode, document.RootElement.Clone());
    }
}
