using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Log;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Statuses, bodies and stamps of the calls that store one event.</summary>
public sealed class SegmentContractTests
{
    // The MD5 of "u1:" and of "u1:a1" as UUIDs of version 4, made by another tool.
    private const string RudderIdOfU1 = "5eff0fc3-0944-48fa-9c04-38f62e3890ca";
    private const string RudderIdOfU1A1 = "f81ebcce-dafc-4607-b906-29e68e64b35f";

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 8, 0, 0, 123, TimeSpan.Zero);

    public static TheoryData<string, string, string> EventPaths()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var type in (string[])["identify", "track", "page", "screen", "group", "alias", "merge"])
        {
            data.Add($"/v1/{type}", type, "ok");
        }

        foreach (var type in (string[])["identify", "track", "page", "screen", "group", "alias"])
        {
            data.Add($"/v1/{type[0]}", type, """{"success":true}""");
            data.Add($"/{type[0]}", type, """{"success":true}""");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EventPaths))]
    public async Task Event_OfEveryCall_IsStampedAndStored(string path, string type, string expected)
    {
        await using var server = await GatewayServer.StartAsync(time: new FakeTimeProvider(Now));

        var answer = await server.PostAsync(path, """{ "userId" : "u1", "type":"lie", "properties":{ "a" : 1.50 } }""");

        Assert.Equal((HttpStatusCode.OK, expected), (answer.Status, answer.Body));
        var stored = Assert.Single(server.Log.Stored);
        var json = stored.Json();
        Assert.Equal((stored.Id, "u1", type, "default"), (answer.Headers["Postrider-Event-Id"], stored.Key, stored.Type, stored.Source));
        Assert.Equal((type, "127.0.0.1", RudderIdOfU1), (json.Text("type"), json.Text("request_ip"), json.Text("rudderId")));
        Assert.True(Guid.TryParse(json.Text("messageId"), out _));
        Assert.All(
            (string[])["receivedAt", "sentAt", "originalTimestamp", "timestamp"],
            name => Assert.Equal("2026-01-31T08:00:00.123Z", json.Text(name)));
        Assert.Equal("""{ "a" : 1.50 }""", json.GetProperty("properties").GetRawText());
        Assert.Equal(Now, stored.ReceivedAt);
        Assert.Null(stored.RepeatKey);
        Assert.Empty(server.Logs.Lines);
    }

    [Theory]
    [InlineData("/v1/track", "", 400, "the body is empty: send a JSON object")]
    [InlineData("/v1/track", "{", 400, null)]
    [InlineData("/v1/track", "{}x", 400, null)]
    [InlineData("/v1/track", "[]", 400, "event is not a valid rudder event")]
    [InlineData("/v1/track", "7", 400, "event is not a valid rudder event")]
    [InlineData("/v1/track", "{}", 400, "request neither has anonymousId nor userId")]
    [InlineData("/v1/track", """{"userId":null,"anonymousId":""}""", 400, "request neither has anonymousId nor userId")]
    [InlineData("/v1/track", """{"userId":" \n","anonymousId":{}}""", 400, "request neither has anonymousId nor userId")]
    [InlineData("/v1/track", """{"userId":"\ud800"}""", 400, "userId, anonymousId, messageId or type holds an escape that is half of a character (a lone surrogate)")]
    [InlineData("/v1/batch", "[]", 400, "empty batch payload")]
    [InlineData("/v1/batch", "{}", 400, "empty batch payload")]
    [InlineData("/v1/batch", """{"batch":[]}""", 400, "empty batch payload")]
    [InlineData("/v1/batch", """{"batch":null}""", 400, "empty batch payload")]
    [InlineData("/v1/batch", """{"batch":[{"type":"track"}]}""", 400, "request neither has anonymousId nor userId")]
    [InlineData("/v1/batch", """{"batch":[7]}""", 400, "event is not a valid rudder event")]
    [InlineData("/v1/batch", """{"batch":[{"userId":"u1"}]}""", 400, "type not present")]
    [InlineData("/v1/import", """{"batch":[{"userId":"u1","type":7}]}""", 400, "type not present")]
    [InlineData("/v1/b", """{"writeKey":"wk_wrong","batch":[{"userId":"u1","type":"track"}]}""", 401, "write key unknown")]
    [InlineData("/v1/t", """{"writeKey":7,"userId":"u1"}""", 401, "write key unknown")]
    public async Task Refused_SaysWhy(string path, string body, int status, string? message)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync(path, body);

        Assert.Equal(status, (int)answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        Assert.False(json.RootElement.GetProperty("success").GetBoolean());
        Assert.Equal(message ?? json.RootElement.Text("message"), json.RootElement.Text("message"));
        Assert.Empty(server.Log.Stored);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
        Assert.Empty(server.Logs.Lines);
    }

    [Theory]
    [InlineData("""{"userId":7}""", "7")]
    [InlineData("""{"userId":"","anonymousId":"a1"}""", "a1")]
    [InlineData("""{"userId":true,"anonymousId":1.0}""", "1.0")]
    [InlineData("""{"userId":"x","user\u0049d":"\u00e4\n"}""", "ä\n")]
    [InlineData("""{"anonymousId":"a1","userId":"u1"}""", "u1")]
    public async Task Key_IsTheUserElseTheVisitor(string body, string key)
    {
        await using var server = await GatewayServer.StartAsync();

        var answer = await server.PostAsync("/v1/track", body);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(key, Assert.Single(server.Log.Stored).Key);
    }

    [Fact]
    public async Task Stamps_OfTheClient_AreReplacedWhereverTheyStand()
    {
        await using var server = await GatewayServer.StartAsync(time: new FakeTimeProvider(Now));

        await server.PostAsync("/v1/track", """{"request_ip":"6.6.6.6","userId":"u1","anonymousId":"a1","received\u0041t":{"x":[1]},"request_ip":null,"request\u005fip":1,"rudderId":"r"}""");

        Assert.Matches(
            """^\{"messageId":"[0-9a-f-]{36}","type":"track","sentAt":"2026-01-31T08:00:00.123Z","originalTimestamp":"2026-01-31T08:00:00.123Z","timestamp":"2026-01-31T08:00:00.123Z","request_ip":"127.0.0.1","userId":"u1","anonymousId":"a1","received\\u0041t":"2026-01-31T08:00:00.123Z","request_ip":"127.0.0.1","request\\u005fip":"127.0.0.1","rudderId":"RUDDER"\}$"""
                .Replace("RUDDER", RudderIdOfU1A1, StringComparison.Ordinal),
            System.Text.Encoding.UTF8.GetString(Assert.Single(server.Log.Stored).Body.Span));
    }

    // The server's clock says 08:00:00.123.
    [Theory]
    [InlineData("""{"timestamp":"2026-01-31T07:00:00Z","sentAt":"2026-01-31T07:58:00Z"}""", "2026-01-31T07:00:00Z", "2026-01-31T07:00:00Z")]
    [InlineData("""{"timestamp":"2026-01-31T06:59:00Z","sentAt":"2026-01-31T07:00:00Z"}""", "2026-01-31T06:59:00Z", "2026-01-31T07:59:00.123Z")]
    [InlineData("""{"originalTimestamp":"2026-01-31T09:59:00+01:00","sentAt":"2026-01-31T10:00:00+01:00"}""", "2026-01-31T09:59:00+01:00", "2026-01-31T09:59:00+01:00", true)]
    [InlineData("""{"originalTimestamp":"2027-01-31T07:59:00Z","sentAt":"2027-01-31T08:00:00Z"}""", "2027-01-31T07:59:00Z", "2026-01-31T07:59:00.123Z")]
    [InlineData("""{"timestamp":"2020-01-01T00:00:00Z","originalTimestamp":"2026-01-31T06:59:00Z","sentAt":"2026-01-31T07:00:00Z"}""", "2026-01-31T06:59:00Z", "2020-01-01T00:00:00Z")]
    [InlineData("""{"timestamp":1769846400,"sentAt":"2020-01-31T07:00:00Z"}""", "1769846400", "1769846400")]
    [InlineData("""{"timestamp":null,"originalTimestamp":null,"sentAt":"0001-01-01T00:00:00Z"}""", "2026-01-31T08:00:00.123Z", "2026-01-31T08:00:00.123Z")]
    [InlineData("""{"timestamp":"9999-12-31T00:00:00Z","sentAt":"0001-01-01T00:00:00Z"}""", "9999-12-31T00:00:00Z", "9999-12-31T00:00:00Z")]
    public async Task Times_AreCorrectedBeyondTheTolerance_AndKept(string times, string original, string timestamp, bool isNear = false)
    {
        await using var server = await GatewayServer.StartAsync(time: new FakeTimeProvider(isNear ? Now.AddHours(1) : Now));

        await server.PostAsync("/v1/track", "{\"userId\":1," + times[1..]);

        var json = Assert.Single(server.Log.Stored).Json();
        Assert.Equal((original, timestamp), (json.GetProperty("originalTimestamp").ToString(), json.GetProperty("timestamp").ToString()));
    }

    [Fact]
    public async Task MessageId_MakesARepeatRecognisable_WhateverWasSaidOfTheAttempt()
    {
        await using var server = await GatewayServer.StartAsync(time: new FakeTimeProvider(Now));

        await server.PostAsync("/v1/track", """{"userId":"u1","messageId":"m\u0031","sentAt":"2026-01-31T07:59:00Z","_metadata":{"bundled":[]}}""");
        await server.PostAsync("/v1/track", """{"userId":"u1","messageId":"m\u0031","sentAt":"2026-01-31T08:00:00Z","_metadata":{"bundled":[],"retryCount":1}}""");
        await server.PostAsync("/v1/track", """{"userId":"u2","messageId":"m1"}""");
        await server.PostAsync("/v1/track", """{"userId":"u1","messageId":"m2"}""");

        var keys = server.Log.Stored.Select(stored => stored.RepeatKey!.Value).ToList();
        Assert.Equal(keys[0], keys[1]);
        Assert.Equal(keys[0].Id, keys[2].Id);
        Assert.NotEqual(keys[0].Body, keys[2].Body);
        Assert.NotEqual(keys[0].Id, keys[3].Id);
        Assert.Equal(Now.AddHours(24), keys[0].Until);
    }

    [Fact]
    public async Task Rules_OfASource_Hold()
    {
        await using var server = await GatewayServer.StartAsync(SegmentSources.Only(new SourceConfig
        {
            Key = "context.group, userId",
            Required = ["event"],
            Deduplicate = new DeduplicateConfig { Window = TimeSpan.Zero },
            MaxEventSize = new ByteSize(120),
        }));

        var missing = await server.PostAsync("/v1/track", """{"userId":"u1","event":null}""");
        var large = await server.PostAsync("/v1/track", $$"""{"userId":"u1","event":"{{new string('x', 120)}}"}""");
        await server.PostAsync("/v1/track", """{"userId":"u1","messageId":"m","event":"a","context":{"group":1,"group":"g\u0031"}}""");
        await server.PostAsync("/v1/track", """{"userId":"u1","event":"a","context":{"group":[]}}""");

        missing.AssertError(HttpStatusCode.BadRequest, "event not present");
        large.AssertError(HttpStatusCode.RequestEntityTooLarge, "the event is larger than 120 bytes");
        Assert.Equal(["g1", "u1"], server.Log.Stored.Select(stored => stored.Key));
        Assert.All(server.Log.Stored, stored => Assert.Null(stored.RepeatKey));
    }

    [Fact]
    public async Task LogUnavailable_Is503WithRetryAfter()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Log.BeforeAppend = () => throw new LogUnavailableException("The log is full.", TimeSpan.FromSeconds(7));

        var answer = await server.PostAsync("/v1/batch", """{"batch":[{"userId":"u1","type":"track"}]}""");
        var pixel = await server.GetAsync("/pixel/v1/page?userId=u1");

        answer.AssertError(HttpStatusCode.ServiceUnavailable, "error publishing event: The log is full.");
        Assert.Equal("7", answer.Headers["Retry-After"]);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "image/gif"), (pixel.Status, pixel.Headers["Content-Type"]));
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Stopping_RefusesEventsAndStillDescribesSources()
    {
        await using var server = await GatewayServer.StartAsync(new PostriderConfig
        {
            Sources = new Dictionary<string, SourceConfig> { ["web"] = new() { Name = "web", WriteKey = "wk_web" } },
        });
        server.Endpoint.StopAccepting();

        var answer = await server.PostAsync("/v1/track", """{"userId":"u1"}""", "wk_web");
        var described = await server.GetAsync("/v1/projects/wk_web/settings");

        answer.AssertError(HttpStatusCode.ServiceUnavailable, "error publishing event: the server is stopping");
        Assert.Equal(HttpStatusCode.OK, described.Status);
    }

    [Theory]
    [InlineData("GET", "/v1/track", 405)]
    [InlineData("PUT", "/b", 405)]
    [InlineData("POST", "/sourceConfig", 405)]
    [InlineData("POST", "/v1/unknown", 404)]
    [InlineData("POST", "/v1/track/", 404)]
    [InlineData("GET", "/v1/projects//settings", 404)]
    public async Task WrongMethodOrPath_IsRefused(string method, string path, int status)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        var answer = await server.SendAsync(request);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(status == 405, answer.Headers.ContainsKey("Allow"));
    }
}
