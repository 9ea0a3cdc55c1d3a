using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>The API cases of the system that this one grew out of, and what was added, against the real server and the sample receivers.</summary>
[Collection(RealServers.Name)]
public sealed partial class PublishApiTests
{
    [Fact]
    public async Task Publish_ToTheSampleReceivers_ArrivesAtBothAndWrongRequestsAreRefusedAsBefore()
    {
        await using var receivers = PostriderProcess.Start("receivers", "--port", "0");
        var address = new Uri(Address().Match(await receivers.WaitForLineAsync("receivers at ")).Value.Replace("/webhook1", "/", StringComparison.Ordinal));
        await using var server = new PostriderServer($"""
            destinations:
            {PostriderServer.Webhook("webhook1", new Uri(address, "webhook1"))}
            {PostriderServer.Webhook("webhook2", new Uri(address, "webhook2"))}
            """);
        await server.StartAsync();

        var published = await server.PostAsync("/publish", """{"userId":"Prithvi","payload":"Hello there"}""");
        var noPayload = await server.PostAsync("/publish", """{"userId":"Prithvi"}""");
        var noUser = await server.PostAsync("/publish", """{"payload":"Hello there"}""");
        var neither = await server.PostAsync("/publish", "{}");
        var elsewhere = await server.PostAsync("/publis", """{"userId":"Prithvi","payload":"Hello there"}""");
        var got = await server.PostAsync("/publish", "", method: HttpMethod.Get);
        await receivers.WaitForLineAsync("""webhook 1  Prithvi: "Hello there" """.TrimEnd());
        await receivers.WaitForLineAsync("""webhook 2  Prithvi: "Hello there" """.TrimEnd());

        Assert.Equal((HttpStatusCode.OK, """{"success":true,"message":"Event published successfully."}"""), (published.Status, published.Body));
        Assert.StartsWith("evt_", published.Id, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, """{"success":false,"message":"payload not present"}"""), (noPayload.Status, noPayload.Body));
        Assert.Equal((HttpStatusCode.BadRequest, """{"success":false,"message":"userId not present"}"""), (noUser.Status, noUser.Body));
        Assert.Equal((HttpStatusCode.BadRequest, """{"success":false,"message":"userId not present"}"""), (neither.Status, neither.Body));
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, got.Status);
        await server.WaitUntilSettledAsync("webhook1");
        Assert.Equal(1, (await server.StatusOfAsync("webhook1")).Delivered);
    }

    [Fact]
    public async Task Publish_WithKeysConnectionsAndAList_ReachesThoseAndOnlyThose()
    {
        await using var crm = await WebhookReceiver.StartAsync();
        await using var search = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer($$"""
            sources:
              app: { default: true }
              web: { writeKeys: [wk_new, wk_old] }
            destinations:
            {{PostriderServer.Webhook("crm", crm.Address)}}
            {{PostriderServer.Webhook("search", search.Address)}}
            connections:
              - { from: app, to: crm }
              - { from: web, to: crm }
              - { from: web, to: search }
            """);
        await server.StartAsync();

        var app = await server.PostAsync("/publish", Body("app"));
        var web = await server.PostAsync("/publish", Body("web"), "wk_new");
        var old = await server.PostAsync("/publish", Body("old"), "wk_old");
        var narrowed = await server.PostAsync("/publish", Body("narrowed", """["search"]"""), "wk_new");
        var nowhere = await server.PostAsync("/publish", Body("nowhere", "[]"), "wk_new");
        var wrongKey = await server.PostAsync("/publish", Body("x"), "wk_wrong");
        var unknown = await server.PostAsync("/publish", Body("x", """["crn"]"""), "wk_new");
        var unconnected = await server.PostAsync("/publish", Body("x", """["search"]"""));
        await server.WaitUntilSettledAsync("crm");
        await server.WaitUntilSettledAsync("search");

        Assert.All([app, web, old, narrowed, nowhere], answer => Assert.True(answer.IsAccepted, answer.ToString()));
        Assert.Equal(["app", "old", "web"], crm.Arrivals.Select(arrival => arrival.UserId).Order(StringComparer.Ordinal));
        Assert.Equal(["narrowed", "old", "web"], search.Arrivals.Select(arrival => arrival.UserId).Order(StringComparer.Ordinal));
        Assert.Equal(Body("narrowed", """["search"]"""), search.Arrivals.Single(arrival => arrival.UserId == "narrowed").Body);
        Assert.Equal("not-routed", (await server.StoryAsync(nowhere.Id!, "crm")).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, wrongKey.Status);
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (unknown.Status, unconnected.Status));
        Assert.Contains("possible: crm, search", Message(unknown), StringComparison.Ordinal);
        Assert.EndsWith("possible: crm", Message(unconnected), StringComparison.Ordinal);
    }

    private static string Body(string user, string? destinations = null) =>
        $$"""{"userId":"{{user}}","payload":{ "a" : 1.50 }{{(destinations is null ? "" : ",\"destinations\":" + destinations)}}}""";

    private static string Message(PublishAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        return document.RootElement.GetProperty("message").GetString()!;
    }

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();
}
