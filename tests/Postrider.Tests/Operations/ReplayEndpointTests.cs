using Postrider.Configuration;
using Postrider.Delivery;

namespace Postrider.Tests.Operations;

public sealed class ReplayEndpointTests
{
    private static readonly string[] Names = ["crm", "warehouse", "audit"];

    [Fact]
    public async Task Start_OfTheLog_Is202WithTheReplay()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync(
            "/api/replays", """{"destination":"crm","source":"log","key":"u1","since":"1h","until":"2026-03-04T11:30:00Z","rate":2.5}""");

        Assert.Equal(202, status);
        Assert.Equal(
            """{"id":"rpl_1","destination":"crm","source":"log","state":"running","filters":{"key":"u1","since":"2026-03-04T11:00:00+00:00","until":"2026-03-04T11:30:00+00:00"},"rate":2.5,"events":0,"total":5,"part":0,"reason":null,"createdAt":"2026-01-02T03:04:05+00:00","finishedAt":null}""",
            body.GetRawText());
        var expected = new EventSelection("u1", Since: AdminServer.Now.AddHours(-1), Until: AdminServer.Now.AddMinutes(-30));
        Assert.Equal([new ReplayRequest("crm", false, expected, null, 2.5)], server.Delivery.Jobs.Requests);
    }

    [Fact]
    public async Task Start_OfASkippedRange_NamesIt()
    {
        await using var server = await AdminServer.StartAsync();

        var (status, _) = await server.PostAsync("/api/replays", """{"destination":"crm","source":"log","skipped":"skip_0_3"}""");

        Assert.Equal(202, status);
        Assert.Equal([new ReplayRequest("crm", false, new EventSelection(), "skip_0_3", null)], server.Delivery.Jobs.Requests);
    }

    [Theory]
    [InlineData("", "'destination' is missing.")]
    [InlineData("""{"destination":"crm"}""", "'source' is missing.")]
    [InlineData("""{"destination":"crm","source":"disk"}""", "'source' must be dead-letters or log, not 'disk'.")]
    [InlineData("""{"destination":"crm","source":"log","rate":0}""", "'rate' must be events a second, more than 0, not '0'.")]
    [InlineData("""{"destination":"crm","source":"log","rate":-1}""", "'rate' must be events a second")]
    [InlineData("""{"destination":"crm","source":"log","rate":"fast"}""", "'rate' must be events a second")]
    [InlineData("""{"destination":"crm","source":"log","rate":1e999}""", "'rate' must be events a second")]
    [InlineData("""{"destination":"crm","source":"log","class":"rejected"}""", "'class' belongs to dead letters")]
    [InlineData("""{"destination":"crm","source":"dead-letters","skipped":"skip_0_3"}""", "'skipped' names a part of the log")]
    [InlineData("""{"destination":"crm","source":"log","skipped":"skip_0_3","since":"1h"}""", "'skipped' says which positions")]
    [InlineData("""{"destination":"crm","source":"log","speed":1}""", "'speed' is unknown here; known: destination, key, type, class, since, until, id, source, skipped, rate.")]
    public async Task Start_WithAMistake_Is400AndBeginsNothing(string sent, string error)
    {
        await using var server = await AdminServer.StartAsync();

        var (status, body) = await server.PostAsync("/api/replays", sent);

        Assert.Equal(400, status);
        Assert.Contains(error, body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Delivery.Jobs.Requests);
    }

    [Fact]
    public async Task Start_ThatDeliveryRefuses_Is409WithItsReason()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Jobs.Refusing.Add("crm");

        var (status, body) = await server.PostAsync("/api/replays", """{"destination":"crm","source":"log"}""");

        Assert.Equal(409, status);
        Assert.Equal("'crm' has a replay already.", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Start_ToAnUnknownDestination_Is404AndNamesTheKnown()
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Jobs.Unknown.Add("crn");

        var (status, body) = await server.PostAsync("/api/replays", """{"destination":"crn","source":"log"}""");
        var (letters, _) = await server.PostAsync("/api/dead-letters/replay", """{"destination":"crn"}""");

        Assert.Equal((404, 404), (status, letters));
        Assert.Equal("There is no destination 'crn'. Known: crm.", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task ReplayOfDeadLetters_OfAll_BeginsOneForEachDestinationThatHasSome()
    {
        await using var server = await StartWithThreeAsync();
        server.Delivery.Letters.Letters.AddRange(
            [FakeDeadLetters.Letter("crm"), FakeDeadLetters.Letter("crm"), FakeDeadLetters.Letter("warehouse"), FakeDeadLetters.Letter("audit", "gave-up")]);

        var (status, body) = await server.PostAsync("/api/dead-letters/replay", """{"class":"rejected","rate":100}""");

        Assert.Equal(202, status);
        Assert.Equal(
            [("crm", "dead-letters"), ("warehouse", "dead-letters")],
            body.GetProperty("replays").EnumerateArray().Select(replay => (replay.GetProperty("destination").GetString(), replay.GetProperty("source").GetString())));
        Assert.False(body.TryGetProperty("refused", out _));
        Assert.All(server.Delivery.Jobs.Requests, request => Assert.Equal(
            new ReplayRequest(request.Destination, true, new EventSelection(Class: "rejected"), null, 100), request));
    }

    [Fact]
    public async Task ReplayOfDeadLetters_WhereNothingMatches_BeginsNone()
    {
        await using var server = await StartWithThreeAsync();
        server.Delivery.Letters.Letters.Add(FakeDeadLetters.Letter("crm"));

        var (status, body) = await server.PostAsync("/api/dead-letters/replay", """{"destination":"warehouse"}""");

        Assert.Equal(202, status);
        Assert.Equal("""{"replays":[]}""", body.GetRawText());
        Assert.Empty(server.Delivery.Jobs.Requests);
    }

    [Fact]
    public async Task ReplayOfDeadLetters_WhereSomeAreRefused_TellsBoth()
    {
        await using var server = await StartWithThreeAsync();
        server.Delivery.Letters.Letters.AddRange([FakeDeadLetters.Letter("crm"), FakeDeadLetters.Letter("warehouse")]);
        server.Delivery.Jobs.Refusing.Add("crm");

        var (some, body) = await server.PostAsync("/api/dead-letters/replay", """{"all":true}""");
        server.Delivery.Jobs.Refusing.Add("warehouse");
        var (none, refusal) = await server.PostAsync("/api/dead-letters/replay", """{"all":true}""");

        Assert.Equal((202, 409), (some, none));
        Assert.Equal("warehouse", body.GetProperty("replays")[0].GetProperty("destination").GetString());
        Assert.Equal("'crm' has a replay already.", body.GetProperty("refused")[0].GetString());
        Assert.Equal(2, refusal.GetProperty("errors").GetArrayLength());
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"rate":5}""")]
    [InlineData("""{"all":false}""")]
    public async Task ReplayOfDeadLetters_WithoutAFilter_MustSayAll(string sent)
    {
        await using var server = await AdminServer.StartAsync();
        server.Delivery.Letters.Letters.Add(FakeDeadLetters.Letter("crm"));

        var (status, body) = await server.PostAsync("/api/dead-letters/replay", sent);

        Assert.Equal(400, status);
        Assert.Contains("or say all=true", body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(server.Delivery.Jobs.Requests);
    }

    [Fact]
    public async Task Replays_ThatWereBegun_AreListedShownAndCancelled()
    {
        await using var server = await AdminServer.StartAsync();
        await server.PostAsync("/api/replays", """{"destination":"crm","source":"dead-letters"}""");

        var (listed, list) = await server.GetAsync("/api/replays");
        var (shown, replay) = await server.GetAsync("/api/replays/rpl_1");
        var (cancelled, end) = await server.PostAsync("/api/replays/rpl_1/cancel");

        Assert.Equal((200, 200, 200), (listed, shown, cancelled));
        Assert.Equal(list.GetProperty("replays")[0].GetRawText(), replay.GetRawText());
        Assert.Equal("running", replay.GetProperty("state").GetString());
        Assert.Equal("cancelled", end.GetProperty("state").GetString());
        Assert.Equal(AdminServer.StartedAt.AddMinutes(1), end.GetProperty("finishedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Replay_ThatIsUnknown_Is404()
    {
        await using var server = await AdminServer.StartAsync();

        var (shown, body) = await server.GetAsync("/api/replays/rpl_9");
        var (cancelled, _) = await server.PostAsync("/api/replays/rpl_9/cancel");

        Assert.Equal((404, 404), (shown, cancelled));
        Assert.Equal("There is no replay 'rpl_9'.", body.GetProperty("error").GetString());
    }

    private static Task<AdminServer> StartWithThreeAsync() => AdminServer.StartAsync(config => config with
    {
        Destinations = Names.ToDictionary(name => name, name => new DestinationConfig { Name = name, Type = "webhook" }),
    });
}
