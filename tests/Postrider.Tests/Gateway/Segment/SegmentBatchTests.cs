using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Batches: what their root says of their events, and what becomes of the bad ones.</summary>
public sealed class SegmentBatchTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("/v1/batch", "ok")]
    [InlineData("/v1/import", "ok")]
    [InlineData("/v1/b", """{"success":true}""")]
    [InlineData("/b", """{"success":true}""")]
    public async Task Batch_IsStoredInItsOrder(string path, string expected)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync(path, """{"batch":[{"type":"track","userId":1},{"type":"own","userId":2},{"userId":1,"type":"tr\u0061ck"}],"batches":[]}""");

        Assert.Equal((HttpStatusCode.OK, expected), (answer.Status, answer.Body));
        Assert.Equal([("1", "track"), ("2", "own"), ("1", "track")], server.Log.Stored.Select(stored => (stored.Key!, stored.Type!)));
        Assert.DoesNotContain("Postrider-Event-Id", answer.Headers.Keys);
        Assert.DoesNotContain("Postrider-Rejected-Events", answer.Headers.Keys);
    }

    [Fact]
    public async Task Root_AppliesToItsEvents_WhoseOwnMembersWin()
    {
        await using var server = await GatewayServer.StartAsync(time: new FakeTimeProvider(Now));

        await server.PostAsync("/v1/batch", """
            {"batch":[
              {"type":"a","userId":1,"timestamp":"2026-01-31T06:59:00Z"},
              {"type":"b","userId":1,"context":{},"integrations":null},
              {"type":"c","userId":1,"context":{"ip":"own","\u0061pp":{}},"sentAt":"2026-01-01T00:00:00Z","integrations":{"All":true}},
              {"type":"d","userId":1,"context":"odd"}],
             "context":{"app":{ "v":1 },"library":"l","app":{ "v":2 }},"sentAt":"2026-01-31T07:00:00Z","integrations":{"All":false,"x":true}}
            """);

        var events = server.Log.Stored.Select(stored => stored.Json()).ToList();
        Assert.Equal(
            ["""{"app":{ "v":1 },"library":"l","app":{ "v":2 }}""", """{"app":{ "v":2 },"library":"l"}""", """{"library":"l","ip":"own","\u0061pp":{}}""", "\"odd\""],
            events.Select(json => json.GetProperty("context").GetRawText()));
        Assert.Equal(
            ["""{"All":false,"x":true}""", """{"All":false,"x":true}""", """{"x":true,"All":true}""", """{"All":false,"x":true}"""],
            events.Select(json => json.GetProperty("integrations").GetRawText()));
        Assert.Equal(
            ["2026-01-31T07:00:00Z", "2026-01-31T07:00:00Z", "2026-01-01T00:00:00Z", "2026-01-31T07:00:00Z"],
            events.Select(json => json.Text("sentAt")));
        Assert.Equal(("2026-01-31T06:59:00Z", "2026-01-31T07:59:00.000Z"), (events[0].Text("originalTimestamp"), events[0].Text("timestamp")));
    }

    [Fact]
    public async Task BadEvents_OfABatch_ArePutAside()
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync("/v1/batch", """{"batch":[{"type":"track"}, [1] ,{"type":"track","userId":"u1"},{"userId":"u2"}]}""");

        Assert.Equal((HttpStatusCode.OK, "ok", "3"), (answer.Status, answer.Body, answer.Headers["Postrider-Rejected-Events"]));
        Assert.Equal("u1", Assert.Single(server.Log.Stored).Key);
        var rejected = await server.Log.Partition.Store.ReadRejectedAsync("default", null, 10, TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                ("batch[0]: request neither has anonymousId nor userId", """{"type":"track"}"""),
                ("batch[1]: event is not a valid rudder event", "[1]"),
                ("batch[3]: type not present", """{"userId":"u2"}"""),
            ],
            rejected.OrderBy(one => one.Reason, StringComparer.Ordinal).Select(one => (one.Reason, Encoding.UTF8.GetString(one.Body.Span))));
        Assert.Equal(3, server.Counters["postrider.gateway.rejected:default"]);
        Assert.Equal(1, server.Counters["postrider.gateway.events:default"]);
    }

    [Fact]
    public async Task BadEvents_BeyondAHundredOfABatch_AreOnlyCounted()
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync("/v1/batch", $$"""{"batch":[{{string.Concat(Enumerable.Repeat("0,", 1_000))}}{"type":"track","userId":"u1"}]}""");

        Assert.Equal("1000", answer.Headers["Postrider-Rejected-Events"]);
        var rejected = await server.Log.Partition.Store.ReadRejectedAsync(null, null, 10_000, TestContext.Current.CancellationToken);
        Assert.Equal(100, rejected.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Batch_ThatGrowsWithItsRoot_IsRefusedBeforeItFillsTheMemory(int ownContext)
    {
        var config = new PostriderConfig { Gateway = new GatewayConfig { MaxBodySize = new ByteSize(64 * 1024) } };
        await using var server = await GatewayServer.StartAsync(config);
        var one = ownContext == 0 ? """{"type":"t","userId":1}""" : """{"type":"t","userId":1,"context":{}}""";
        var context = new string('x', 20_000);

        var answer = await server.PostAsync("/v1/batch", $$"""{"context":{"x":"{{context}}"},"batch":[{{string.Join(',', Enumerable.Repeat(one, 1_000))}}]}""");

        answer.AssertError(HttpStatusCode.RequestEntityTooLarge, "with what each of its events takes the batch is larger than 262144 bytes: send smaller batches");
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
        Assert.Empty(server.Log.Stored);
    }

    [Fact]
    public async Task RateLimit_OfASource_Is429WithTheTimeToWait()
    {
        await using var server = await GatewayServer.StartAsync(
            SegmentSources.Only(new SourceConfig { RateLimit = new RateLimit(2, TimeSpan.FromMinutes(1)) }), new FakeTimeProvider());
        const string Body = """{"batch":[{"type":"t","userId":1},{"type":"t","userId":1}]}""";

        var first = await server.PostAsync("/v1/batch", Body);
        var second = await server.PostAsync("/v1/batch", Body);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        second.AssertError(HttpStatusCode.TooManyRequests, "max requests limit reached");
        Assert.Equal(("60", "60"), (second.Headers["Retry-After"], second.Headers["x-ratelimit-reset"]));
        Assert.Equal(2, server.Log.Stored.Count);
    }
}
