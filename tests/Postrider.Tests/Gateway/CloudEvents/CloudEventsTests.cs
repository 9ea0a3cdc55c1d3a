using System.Net;
using System.Text;
using System.Text.Json;
using Postrider.Configuration;

namespace Postrider.Tests.Gateway.CloudEvents;

/// <summary>CloudEvents 1.0 over a real connection, in the specification's own examples where it gives one.</summary>
public sealed class CloudEventsTests
{
    private const string Structured = """
        {
            "specversion" : "1.0",
            "type" : "com.example.someevent",
            "source" : "/mycontext",
            "subject": "larger-context",
            "id" : "A234-1234-1234",
            "time" : "2018-04-05T17:31:00Z",
            "comexampleextension1" : "value",
            "comexampleothervalue" : 5,
            "unsetextension": null,
            "datacontenttype" : "application/xml",
            "data" : "<much wow=\"xml\"/>"
        }
        """;

    public static TheoryData<string, string> Bad => new()
    {
        { "[]", "a CloudEvent must be a JSON object" },
        { "{", "invalid JSON" },
        { """{"type":"t","source":"s","id":"i"}""", "specversion not present" },
        { """{"specversion":"0.3","type":"t","source":"s","id":"i"}""", "specversion 0.3 is not known; 1.0 is" },
        { """{"specversion":"1.0","type":"t","source":"s"}""", "id not present" },
        { """{"specversion":"1.0","type":"t","source":"s","id":""}""", "id must be a string that is not empty" },
        { """{"specversion":"1.0","type":"t","source":"s","id":5}""", "id must be a string that is not empty" },
        { """{"specversion":"1.0","type":"t","source":null,"id":"i"}""", "source not present" },
        { """{"specversion":"1.0","source":"s","id":"i"}""", "type not present" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","time":"yesterday"}""", "time must be a timestamp as RFC 3339 has it" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","subject":""}""", "subject must be a string that is not empty" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","dataschema":"x"}""", "dataschema must be an absolute URI" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","my_ext":"x"}""", "names are lower-case letters and digits" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","ext":{}}""", "the extension ext must be a string, a boolean or an integer" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","ext":1.5}""", "the extension ext must be a string, a boolean or an integer" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","data":1,"data_base64":"YQ=="}""", "data and data_base64 exclude each other" },
        { """{"specversion":"1.0","type":"t","source":"s","id":"i","data_base64":"?"}""", "data_base64 must be base64 in a string" },
    };

    [Fact]
    public async Task Structured_TheSpecificationsExample_IsStoredAsReceived()
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(server, Structured, "application/cloudevents+json; charset=utf-8");

        var stored = Assert.Single(server.Log.Stored);
        Assert.Equal((HttpStatusCode.OK, stored.Id), (answer.Status, answer.Headers["Postrider-Event-Id"]));
        Assert.Equal(("larger-context", "com.example.someevent", Structured), (stored.Key, stored.Type, Encoding.UTF8.GetString(stored.Body.Span)));
        Assert.Null(stored.RepeatKey);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Structured_AgainstTheSpecification_IsRefusedWithItsReason(string body, string reason)
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(server, body, "application/cloudevents+json");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(reason, answer.Body, StringComparison.Ordinal);
        Assert.Empty(server.Log.Stored);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "{\"a\": 1}", "\"data\":{\"a\": 1}")]
    [InlineData("application/vnd.x+json", "[]", "\"data\":[]")]
    [InlineData("text/plain", "hi", "\"data_base64\":\"aGk=\"")]
    [InlineData("text/plain", "", "\"datacontenttype\":\"text/plain\"")]
    public async Task Binary_AnyData_BecomesTheJsonForm(string type, string body, string expected)
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(
            server, body, type, "ce-specversion: 1.0|ce-type: com.example.someevent|ce-id: 1234-1234-1234|ce-source: /mycontext/subcontext|CE-PartitionKey: Euro%20%E2%82%AC%20%F0%9F%98%80");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var stored = Assert.Single(server.Log.Stored);
        Assert.Equal(("Euro € 😀", "com.example.someevent"), (stored.Key, stored.Type));
        Assert.EndsWith(expected + "}", Encoding.UTF8.GetString(stored.Body.Span), StringComparison.Ordinal);
        using var document = JsonDocument.Parse(stored.Body);
        Assert.Equal("Euro € 😀", document.RootElement.GetProperty("partitionkey").GetString());
    }

    [Theory]
    [InlineData("ce-specversion: 1.0|ce-type: t|ce-source: s", "application/json", "{}", "id not present")]
    [InlineData("ce-specversion: 1.0|ce-type: t|ce-source: s|ce-id: %zz", "application/json", "{}", "ce-id must be given once")]
    [InlineData("ce-specversion: 1.0|ce-type: t|ce-source: s|ce-id: %ff", "application/json", "{}", "ce-id must be given once")]
    [InlineData("ce-specversion: 1.0|ce-type: t|ce-source: s|ce-id: i|ce-data: x", "application/json", "{}", "the body is the data")]
    [InlineData("ce-specversion: 1.0|ce-type: t|ce-source: s|ce-id: i", "application/json", "{", "invalid JSON")]
    public async Task Binary_AgainstTheSpecification_IsRefused(string headers, string type, string body, string reason)
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(server, body, type, headers);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(reason, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_AllGood_IsStoredInItsOrder()
    {
        await using var server = await StartAsync();
        var events = Enumerable.Range(0, 5).Select(i => $$"""{"specversion":"1.0","type":"t","source":"s","id":"{{i}}", "data": [ {{i}} ]}""").ToList();

        var answer = await SendAsync(server, $"[ {string.Join(" , ", events)} ]", "application/cloudevents-batch+json");

        Assert.Equal(events, server.Log.Stored.Select(e => Encoding.UTF8.GetString(e.Body.Span)));
        using var document = JsonDocument.Parse(answer.Body);
        Assert.Equal("5 events published, 0 rejected.", document.RootElement.GetProperty("message").GetString());
        Assert.Equal(server.Log.Stored.Select(e => e.Id), document.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "[]", "application/cloudevents-batch+json")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(server, "[{},5]", "application/cloudevents-batch+json")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(server, events[0], "application/cloudevents-batch+json")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Batch_SomeBad_KeepsThemWhereItCanAndAnswersForTheGood(bool storageFails)
    {
        await using var server = await StartAsync();
        server.Log.Partition.Store.Unavailable = storageFails ? new IOException("no room") : null;
        var bad = string.Concat(Enumerable.Repeat("5,", 150));

        var answer = await SendAsync(server, $$"""[{{bad}}{"specversion":"1.0","type":"t","source":"s","id":"1"}]""", "application/cloudevents-batch+json");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("1 events published, 150 rejected.", answer.Body, StringComparison.Ordinal);
        Assert.Single(server.Log.Stored);
        Assert.Equal(150, server.Counters["postrider.gateway.rejected:app"]);
        server.Log.Partition.Store.Unavailable = null;
        Assert.Equal(storageFails ? 0 : 100, (await server.Log.Partition.Store.ReadRejectedAsync(null, null, 1000, TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task Batch_GoodAndBad_StoresTheGoodAndPutsAsideTheBad()
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(server, $"[5,{Small("a")},{{}},{Small("b")}]", "application/cloudevents-batch+json");

        Assert.Equal((HttpStatusCode.OK, "2"), (answer.Status, answer.Headers["Postrider-Rejected-Events"]));
        Assert.Contains("2 events published, 2 rejected.", answer.Body, StringComparison.Ordinal);
        Assert.Equal([Small("a"), Small("b")], server.Log.Stored.Select(e => Encoding.UTF8.GetString(e.Body.Span)));
        var rejected = await server.Log.Partition.Store.ReadRejectedAsync("app", null, 10, TestContext.Current.CancellationToken);
        Assert.Equal(
            [("[0]: a CloudEvent must be a JSON object", "5"), ("[2]: specversion not present", "{}")],
            rejected.Select(one => (one.Reason, Encoding.UTF8.GetString(one.Body.Span))).Order());
        Assert.Equal(2, server.Counters["postrider.gateway.rejected:app"]);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Batch_MoreThanAHundredBad_AreOnlyCounted()
    {
        await using var server = await StartAsync();

        var answer = await SendAsync(server, $"[{Small("a")}{string.Concat(Enumerable.Repeat(",1", 100_000))}]", "application/cloudevents-batch+json");

        Assert.Equal("100000", answer.Headers["Postrider-Rejected-Events"]);
        Assert.Single(server.Log.Stored);
        var rejected = await server.Log.Partition.Store.ReadRejectedAsync(null, null, 10_000, TestContext.Current.CancellationToken);
        Assert.Equal(100, rejected.Count);
    }

    [Fact]
    public async Task Batch_WhileItIsStored_CountsAsMemory()
    {
        await using var server = await StartAsync();
        var body = $"[{string.Join(',', Enumerable.Repeat(Small("a"), 1_000))}]";
        var taken = 0L;
        server.Log.BeforeAppend = () =>
        {
            taken = server.Endpoint.Receiving.Taken;
            return Task.CompletedTask;
        };

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, body, "application/cloudevents-batch+json")).Status);

        Assert.InRange(taken, body.Length + server.Log.Stored.Sum(one => one.Weight), long.MaxValue);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Fact]
    public async Task Batch_ThatWouldFillTheMemory_IsRefused()
    {
        await using var server = await GatewayServer.StartAsync(new PostriderConfig { Gateway = new GatewayConfig { MaxBodySize = new ByteSize(20_000), MaxReceiving = new ByteSize(20_000) } });
        var tiny = """{"specversion":"1.0","type":"t","source":"s","id":"1"}""";

        // Each weighs some 200 bytes beside the 50 of its text: in memory they are more than four times what was sent.
        var answer = await SendAsync(server, $"[{string.Join(',', Enumerable.Repeat(tiny, 350))}]", "application/cloudevents-batch+json", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Empty(server.Log.Stored);
        Assert.Equal(0, server.Endpoint.Receiving.Taken);
    }

    [Theory]
    [InlineData("\"Euro \\\"%E2%82%AC\\\" \\\\ sign\"", "Euro \"€\" \\ sign")]
    [InlineData("\"plain\"", "plain")]
    [InlineData("\"half", "\"half")]
    [InlineData("😀%20😀", "😀 😀")]
    [InlineData("ä%C3%A4ä", "äää")]
    public async Task Binary_HeadersOfOlderSenders_AreUnquotedAndDecoded(string sent, string expected)
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Url);

        await connection.SendAsync($"POST /events HTTP/1.1\r\nHost: x\r\nce-specversion: 1.0\r\nce-type: t\r\nce-source: s\r\nce-id: 1\r\nce-subject: {sent}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        var answer = await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(expected, Assert.Single(server.Log.Stored).Key);
    }

    [Fact]
    public async Task Deduplication_On_IdsAreThoseOfTheirOriginAndTheHeaderGoesFirst()
    {
        await using var server = await StartAsync(source => source with { Deduplicate = new DeduplicateConfig() });
        const string One = """{"specversion":"1.0","type":"t","source":"a","id":"1"}""";
        const string Type = "application/cloudevents+json";

        await SendAsync(server, One, Type);
        await SendAsync(server, One, Type);
        await SendAsync(server, One.Replace("\"a\"", "\"b\"", StringComparison.Ordinal), Type);
        await SendAsync(server, One, Type, "Idempotency-Key: k");

        var ids = server.Log.Stored.Select(e => e.RepeatKey!.Value.Id).ToArray();
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(3, ids.Distinct().Count());
    }

    [Fact]
    public async Task Events_OtherTypesAndMethods_AreRefused()
    {
        await using var server = await StartAsync();

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(server, "{}", "application/json")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(server, "{}", "application/cloudevents+avro", "ce-specversion: 1.0")).Status);
        using var get = new HttpRequestMessage(HttpMethod.Get, "/events");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await server.SendAsync(get)).Status);
    }

    private static string Small(string id) => $$"""{"specversion":"1.0","type":"t","source":"s","id":"{{id}}"}""";

    private static Task<GatewayServer> StartAsync(Func<SourceConfig, SourceConfig>? change = null) => GatewayServer.StartAsync(new PostriderConfig
    {
        Sources = new Dictionary<string, SourceConfig> { ["app"] = (change ?? (source => source))(new SourceConfig { Name = "app", Default = true }) },
    });

    private static async Task<Answer> SendAsync(GatewayServer server, string body, string type, string headers = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        foreach (var header in headers.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = header.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(header[..at], header[(at + 1)..].Trim());
        }

        return await server.SendAsync(request);
    }
}
