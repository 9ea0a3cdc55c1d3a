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
