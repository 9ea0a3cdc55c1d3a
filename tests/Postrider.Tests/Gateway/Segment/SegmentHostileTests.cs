using System.Net;
using System.Text.Json;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Single events that are made to hurt: none may cost more than itself, and none may leave anything taken from the budget.</summary>
public sealed class SegmentHostileTests
{
    private const string Plain = """{"userId":1,"type":"t"}""";

    [Theory]
    [InlineData("/v1/track", """{"userId":"a","sentAt":"2026-01-31\ud800"}""")]
    [InlineData("/v1/track", """{"userId":"a","timestamp":"2026-01-31\ud800","sentAt":"2020-01-01T00:00:00Z"}""")]
    [InlineData("/v1/track", """{"userId":"a","originalTimestamp":"2026-01-31\udc00","sentAt":"2020-01-01T00:00:00Z"}""")]
    [InlineData("/v1/batch", """{"batch":[{"userId":1,"type":"t"}],"sentAt":"2026-01-31\ud800"}""")]
    [InlineData("/v1/batch", """{"batch":[{"userId":1,"type":"t"},{"userId":1,"type":"t","sentAt":"2026-01-31\ud800"}]}""")]
    public async Task Times_WithHalfACharacter_AreNoTimes(string path, string body)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync(path, body);

        Assert.Equal((HttpStatusCode.OK, "ok"), (answer.Status, answer.Body));
        Assert.Empty(server.Logs.Lines);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Root_ThatMakesEventsTooDeep_CostsThoseEventsAlone()
    {
        await using var server = await GatewayServer.StartAsync();
        var own = """{"userId":2,"type":"t","context":"own"}""";
        var merged = """{"userId":3,"type":"t","context":{},"integrations":{}}""";
        var covered = """{"userId":4,"type":"t","context":{"deep":1}}""";

        var answer = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Plain}},{{own}},{{merged}},{{covered}}],"context":{"deep":{{Nested(63)}},"flat":1} }""");

        Assert.Equal((HttpStatusCode.OK, "2"), (answer.Status, answer.Headers["Postrider-Rejected-Events"]));
        Assert.Equal(["2", "4"], server.Log.Stored.Select(stored => stored.Key!));
        var rejected = await server.Log.Partition.Store.ReadRejectedAsync("default", null, 10, TestContext.Current.CancellationToken);
        Assert.All(rejected, one => Assert.EndsWith("with what it takes from the batch's root the event is more than 64 levels deep", one.Reason, StringComparison.Ordinal));
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Theory]
    [InlineData(62, 200)]
    [InlineData(63, 400)]
    public async Task Root_AsDeepAsEventsMayBe_IsTaken(int levels, int status)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Plain}}],"context":{"deep":{{Nested(levels)}} } }""");

        Assert.Equal(status, (int)answer.Status);
        Assert.All(server.Log.Stored, stored => Assert.NotEqual(default, stored.Json()));
    }

    [Theory]
    [InlineData(63, 200)]
    [InlineData(64, 400)]
    public async Task Batch_GivenAsOneObject_IsNoDeeperThanAnyEvent(int levels, int status)
    {
        await using var server = await GatewayServer.StartAsync();
        var body = $$"""{"userId":1,"type":"t","x":{{Nested(levels)}} }""";

        var alone = await server.PostAsync("/v1/batch", $$"""{"batch":{{body}} }""");
        var listed = await server.PostAsync("/v1/batch", $$"""{"batch":[{{body}}]}""");

        Assert.Equal((status, status), ((int)alone.Status, (int)listed.Status));
        Assert.All(server.Log.Stored, stored => Assert.NotEqual(default, JsonDocument.Parse(stored.Body, new JsonDocumentOptions { MaxDepth = 64 }).RootElement));
    }

    [Fact]
    public async Task Requests_ThatFailInTheMiddle_LeaveNothingTaken()
    {
        var config = SegmentSources.Only(new SourceConfig { Required = ["x.y"] });
        await using var server = await GatewayServer.StartAsync(config);
        var good = """{"userId":1,"type":"t","x":{"y":1}}""";
        string[] bodies =
        [
            $$"""{"batch":[{{good}},{"userId":1,"type":"t","sentAt":"2026-01-31\ud800"}]}""",
            $$"""{"batch":[{{good}},{"userId":1,"type":"t","x":{{Nested(63)}} }],"context":{"a":{{Nested(63)}} } }""",
            $$"""{"batch":[{{good}},{"userId":1,"type":"t","integrations":{} }],"integrations":{"a":{{Nested(63)}} } }""",
            $$"""{"batch":{"userId":1,"type":"t","x":{{Nested(64)}} } }""",
            $$"""{"batch":[{{good}},""",
            $$"""{"batch":[{{good}}]},""",
        ];

        foreach (var body in bodies)
        {
            var answer = await server.PostAsync("/v1/batch", body);

            Assert.True((int)answer.Status < 500, $"{answer.Status} to {body}");
            Assert.Equal((body, 0), (body, server.Endpoint.Receiving.Taken));
        }

        Assert.Empty(server.Logs.Lines);
    }

    [Fact]
    public async Task Batch_OfMoreNothingsThanEventsWouldFit_IsRefused()
    {
        var config = new PostriderConfig { Gateway = new GatewayConfig { MaxBodySize = new ByteSize(1 << 20) } };
        await using var server = await GatewayServer.StartAsync(config);

        var answer = await server.PostAsync("/v1/batch", $$"""{"batch":[{{string.Concat(Enumerable.Repeat("0,", 100_000))}}{{Plain}}]}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Empty(server.Log.Stored);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    // So many levels.
    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);
}
