using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postrider.Configuration;
using Postrider.Gateway;
using Postrider.Tests.Delivery;

namespace Postrider.Tests.Gateway;

/// <summary>What a source demands, on <c>/publish</c> over a real connection, and by itself.</summary>
public sealed class SourceRulesTests
{
    private const string Body = """{"userId":"ada","payload":{"account":{"id":"acme"},"n":1}}""";

    [Fact]
    public async Task Publish_DisabledSource_IsNotFound()
    {
        await using var server = await StartAsync(source => source with { Enabled = false });

        (await server.PublishAsync(Body)).AssertError(HttpStatusCode.NotFound, "source is disabled");
    }

    [Fact]
    public async Task Publish_BeyondTheRate_IsToldWhenToComeAgain()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await StartAsync(source => source with { RateLimit = new RateLimit(2, TimeSpan.FromMinutes(1)) }, time);
        await server.PublishAsync(Body);
        await server.PublishAsync(Body);

        var refused = await server.PublishAsync(Body);
        time.Advance(TimeSpan.FromSeconds(30));
        var taken = await server.PublishAsync(Body);
        var again = await server.PublishAsync(Body);

        refused.AssertError(HttpStatusCode.TooManyRequests, "max requests limit reached");
        Assert.Equal(("30", "30"), (refused.Headers["Retry-After"], refused.Headers["x-ratelimit-reset"]));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (taken.Status, again.Status));
    }

    [Theory]
    [InlineData("payload.account.id, userId", "acme")]
    [InlineData("payload.nothing, userId", "ada")]
    [InlineData("payload.n", "1")]
    [InlineData("payload.account", null)]
    [InlineData("none", null)]
    [InlineData("userId, anonymousId", "ada")]
    public async Task Publish_KeyOfTheSource_OrdersTheEvent(string key, string? expected)
    {
        await using var server = await StartAsync(source => source with { Key = key });

        Assert.Equal(HttpStatusCode.OK, (await server.PublishAsync(Body)).Status);

        Assert.Equal(expected, Assert.Single(server.Log.Stored).Key);
    }

    [Fact]
    public async Task Publish_RequiredFieldsAndSize_AreChecked()
    {
        await using var server = await StartAsync(source => source with { Required = ["payload.n", "payload.account.id"], MaxEventSize = new ByteSize(256) });

        Assert.Equal(HttpStatusCode.OK, (await server.PublishAsync(Body)).Status);
        (await server.PublishAsync("""{"userId":1,"payload":{"n":0,"account":{"id":""}}}""")).AssertError(HttpStatusCode.BadRequest, "payload.account.id not present");
        (await server.PublishAsync("""{"userId":1,"payload":{"n":null,"account":{"id":1}}}""")).AssertError(HttpStatusCode.BadRequest, "payload.n not present");
        (await server.PublishAsync($$"""{"userId":1,"payload":"{{new string('x', 300)}}"}""")).AssertError(HttpStatusCode.RequestEntityTooLarge, "the event is larger than 256 bytes");
    }

    [Fact]
    public async Task Publish_IdempotencyKey_CountsOnlyWhereDeduplicationIsOn()
    {
        await using var on = await StartAsync(source => source with { Deduplicate = new DeduplicateConfig() });
        await using var off = await StartAsync(source => source);

        foreach (var server in (GatewayServer[])[on, off])
        {
            await server.PublishAsync(Encoding.UTF8.GetBytes(Body), change: request => request.Headers.Add("Idempotency-Key", "k-1"));
            await server.PublishAsync(Body);
        }

        var (keyed, plain) = (on.Log.Stored.First(), on.Log.Stored.Last());
        Assert.Equal(keyed.ReceivedAt.AddHours(24), keyed.RepeatKey!.Value.Until);
        Assert.Null(plain.RepeatKey);
        Assert.All(off.Log.Stored, stored => Assert.Null(stored.RepeatKey));
        (await on.PublishAsync(Encoding.UTF8.GetBytes(Body), change: request => request.Headers.Add("Idempotency-Key", new string('k', 2000))))
            .AssertError(HttpStatusCode.BadRequest, "Idempotency-Key must be given once, with 1 to 1024 bytes");
    }

    [Fact]
    public async Task Publish_Repeats_AnswerAsTheFirstDidAndAnotherBodyIsUnprocessable()
    {
        await using var server = await StartAsync(source => source with { Deduplicate = new DeduplicateConfig() });
        var first = await PublishAsync(server, Body);

        server.Log.Known = server.Log.Stored.First();
        var same = await PublishAsync(server, Body);
        var other = await PublishAsync(server, Body.Replace("ada", "bob", StringComparison.Ordinal));

        Assert.Equal((first.Status, first.Body, first.Headers["Postrider-Event-Id"]), (same.Status, same.Body, same.Headers["Postrider-Event-Id"]));
        other.AssertError(HttpStatusCode.UnprocessableEntity, "another body came under this Idempotency-Key before: a new event needs a new key");
        Assert.Single(server.Log.Stored);
    }

    [Fact]
    public async Task Repeats_AtEveryDoor_AreCountedAndThoseOfOtherBodiesAreLogged()
    {
        await using var server = await StartAsync(source => source with { Deduplicate = new DeduplicateConfig() });
        string[] bodies = ["""{"messageId":"m","userId":1,"type":"t"}""", """{"messageId":"m","userId":1,"type":"other"}"""];

        await server.PostAsync("/v1/track", bodies[0]);
        server.Log.Known = server.Log.Stored.First();
        var (same, other) = (await server.PostAsync("/v1/track", bodies[0]), await server.PostAsync("/v1/track", bodies[1]));
        await server.PostAsync("/v1/batch", $$"""{"batch":[{{bodies[0]}},{{bodies[1]}},{{bodies[1]}}]}""");
        await PublishAsync(server, Body);
        server.Log.Known = server.Log.Stored.Last();
        await PublishAsync(server, Body + " ");

        var ids = server.Log.Stored.Select(stored => stored.Id).ToArray();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, ids[0], ids[0]), (same.Status, other.Status, same.Headers["Postrider-Event-Id"], other.Headers["Postrider-Event-Id"]));
        Assert.Equal((2, 6), (server.Counters["postrider.gateway.events:app"], server.Counters["postrider.gateway.repeats:app"]));
        Assert.Equal(
            [$"another event under the id of {ids[0]}", $"2 other events under the ids of events that are stored, the first under that of {ids[0]}", $"another event under the id of {ids[1]}"],
            server.Logs.Lines.Select(line => line.Text["Source app sent ".Length..line.Text.LastIndexOf(':')]));
        Assert.Equal([2032, 2033, 2032], server.Logs.Lines.Select(line => line.Id.Id));
    }

    [Fact]
    public async Task RepeatKeys_OfOneIdAtEveryDoor_AreApart()
    {
        await using var server = await StartAsync(source => source with
        {
            Deduplicate = new DeduplicateConfig(), Webhook = new WebhookSourceConfig { Auth = WebhookSourceAuth.None },
        });
        const string CloudEvent = """{"specversion":"1.0","type":"t","source":"s","id":"k-1"}""";

        await PublishAsync(server, Body);
        await server.PostAsync("/v1/track", """{"messageId":"k-1","userId":1}""");
        await server.PostAsync("/webhook/app", "{}", change: request => request.Headers.Add("webhook-id", "k-1"));
        await server.PostAsync("/events", CloudEvent, change: request => request.Content!.Headers.TryAddWithoutValidation("Content-Type", "application/cloudevents+json"));

        Assert.Equal(4, server.Log.Stored.Select(stored => stored.RepeatKey!.Value.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("a/b", """{"a\/b":1}""")]
    [InlineData("é", """{"\u00e9":1}""")]
    [InlineData("é", """{"\u00E9":1}""")]
    [InlineData("😀", """{"\ud83d\uDE00":1}""")]
    [InlineData("a\tb", """{"a\tb":1}""")]
    [InlineData("a\"b\\", """{"\u0061\"b\\":1}""")]
    [InlineData("a", """{"\u0061":1}""")]
    [InlineData("props.a b", """{"pr\u006fps":{"a\u0020b":1}}""")]
    public void FieldPath_NamesWithEscapes_AreFound(string path, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        Assert.True(new FieldPath(path).IsPresent(bytes));
        Assert.False(new FieldPath(path + "x").IsPresent(bytes));
        Assert.False(new FieldPath("b" + path).IsPresent(bytes));
    }

    [Theory]
    [InlineData("""{"\ud83d":1}""")]
    [InlineData("""{"\ude00\ud83d":1}""")]
    [InlineData("""{"\ud83dx":1}""")]
    [InlineData("""{"\ud83d\n":1}""")]
    [InlineData("""{"\ufffd":1}""")]
    public void FieldPath_HalvesOfACharacter_AreNone(string json) => Assert.False(new FieldPath("😀").IsPresent(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("null", null, null)]
    [InlineData("true", null, null)]
    [InlineData("{}", null, null)]
    [InlineData("""{"All":true}""", null, null)]
    [InlineData("""{"All":false}""", "", null)]
    [InlineData("""{"All":false,"crm":true,"nobody":true}""", "crm", null)]
    [InlineData("""{"All":false,"CRM":{"option":[1,{}]},"Big Store":true}""", "crm,store", null)]
    [InlineData("""{"All":false,"crm":true,"Crm":false}""", "", null)]
    [InlineData("""{"All":false,"store":true,"Big Store":false}""", "", null)]
    [InlineData("""{"crm":false,"store":true,"nobody":false}""", null, "crm,nobody")]
    [InlineData("""{"All":true,"big store":false,"x":null,"y":"false","z":[false]}""", null, "big store")]
    [InlineData("""{"crm":false,"crm":true}""", null, null)]
    [InlineData("""{"\ud800":false,"c\u0072m":false}""", null, "crm")]
    public void Integrations_AnyShape_AsSegmentMeansIt(string value, string? requested, string? excluded)
    {
        var read = IntegrationsReader.Read(Encoding.UTF8.GetBytes(value), SourceTable.Of(Config()).Default!);

        Assert.Equal((requested, excluded), (Joined(read.Requested), Joined(read.Excluded)));
    }

    [Fact]
    public void Integrations_NamesWithoutEnd_AreBoundedButNeverThoseOfDestinations()
    {
        var names = Enumerable.Range(0, 5000).Select(i => $"\"n{i}\":false").Append("\"crm\":false").Append("\"Big Store\":false");

        var read = IntegrationsReader.Read(Encoding.UTF8.GetBytes($"{{{string.Join(',', names)}}}"), SourceTable.Of(Config()).Default!);

        Assert.Equal(IntegrationsReader.MaxUnknownNames + 2, read.Excluded!.Count);
        Assert.Contains("crm", read.Excluded);
        Assert.Contains("Big Store", read.Excluded);
    }

    [Fact]
    public void IsOriginAllowed_ListsAndAny_AreAsWritten()
    {
        var some = new SourceRules(new SourceConfig { AllowedOrigins = ["https://a.example"] });
        var any = new SourceRules(new SourceConfig());

        Assert.Equal((true, false, false), (some.IsOriginAllowed("https://a.example"), some.IsOriginAllowed("https://b.example"), some.AllowsAnyOrigin));
        Assert.True(any.IsOriginAllowed("https://b.example"));
        Assert.Equal((TimeSpan.FromHours(24), null), (any.SegmentRepeatWindow, any.RepeatWindow));
        var off = new SourceRules(new SourceConfig { Deduplicate = new DeduplicateConfig { Window = TimeSpan.Zero } });
        Assert.Equal((null, null), (off.SegmentRepeatWindow, off.RepeatWindow));
    }

    private static Task<Answer> PublishAsync(GatewayServer server, string body) =>
        server.PublishAsync(Encoding.UTF8.GetBytes(body), change: request => request.Headers.Add("Idempotency-Key", "k-1"));

    private static string? Joined(IReadOnlyList<string>? names) => names is null ? null : string.Join(',', names);

    private static PostriderConfig Config(Func<SourceConfig, SourceConfig>? change = null)
    {
        var config = DeliveryHarness.ConfigOf(["crm", "store"]);
        return config with
        {
            Sources = new Dictionary<string, SourceConfig> { ["app"] = (change ?? (source => source))(new SourceConfig { Name = "app", Default = true }) },
            Destinations = config.Destinations.ToDictionary(pair => pair.Key, pair => pair.Key == "store" ? pair.Value with { Alias = ["Big Store"] } : pair.Value),
        };
    }

    private static Task<GatewayServer> StartAsync(Func<SourceConfig, SourceConfig> change, TimeProvider? time = null) => GatewayServer.StartAsync(Config(change), time);
}
