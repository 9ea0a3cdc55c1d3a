using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class DeadLettersTests
{
    private const string Letter =
        """
        {"eventId":"evt_x-0-0-7","destination":"crm","class":"rejected","errorClass":"status","status":400,"message":"answered 400","answer":"no\u001b[2J such user",
        "firstAttempt":"2026-02-03T04:05:06+00:00","lastAttempt":"2026-02-03T04:05:07+00:00","attempts":2,"at":"2026-02-03T04:05:08+00:00",
        "key":"ada [x]","type":"order","blocking":true}
        """;

    private const string Page = $$"""{"items":[{{Letter}}],"next":"c7","total":14}""";
    private const string Nothing = """{"items":[],"next":null,"total":0}""";

    private const string Story =
        """
        {"id":"evt_x-0-0-7","partition":0,"generation":0,"position":7,"held":true,"source":"app","key":"ada","type":"order","receivedAt":"2026-02-03T04:05:05+00:00",
        "requestedDestinations":null,"bodyBytes":15,"body":{"userId":"ada"},"destinations":[{"name":"crm","state":"dead-letter","reason":"the receiver rejected it",
        "attempts":2,"nextAttempt":null,"lastError":null,"answer":"no"},{"name":"warehouse","state":"delivered","reason":null,"attempts":null,"nextAttempt":null,"lastError":null,"answer":null}]}
        """;

    private const string Begun =
        """
        {"replays":[{"id":"rpl_1","destination":"crm","source":"dead-letters","state":"running","filters":{},"rate":null,"events":0,"total":14,"part":0,"reason":null,
        "createdAt":"2026-02-03T04:05:06+00:00","finishedAt":null}]}
        """;

    [Fact]
    public async Task List_OfSome_IsATableThatSaysHowToGoOn()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page);

        var result = await admin.RunAsync("dead-letters", "list", "--destination", "crm", "--key", "ada & co", "--since", "15m", "--limit", "1", "--cursor", "c6");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^ *evt_x-0-0-7 +crm +rejected, blocks its key +\S+ \S+ +2 +ada \[x\] +order +answered 400 *$", result.Output);
        Assert.Contains("There are more: --cursor c7", result.Output, StringComparison.Ordinal);
        Assert.Equal(["GET /api/dead-letters?destination=crm&key=ada & co&since=15m&limit=1&cursor=c6"], admin.Calls);
    }

    [Fact]
    public async Task List_AsJson_IsTheAnswerItself()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page);

        var result = await admin.RunAsync("dead-letters", "list", "--json");

        Assert.Equal(Page, result.Output);
    }

    [Fact]
    public async Task List_OfNone_SaysSo()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Nothing);

        var result = await admin.RunAsync("dead-letters", "list");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("No dead letter matches.", result.Output);
    }

    [Theory]
    [InlineData(400, """{"error":"one","errors":["'since' is wrong.","'class' is wrong."]}""", 2, "answered 400: 'since' is wrong. 'class' is wrong.")]
    [InlineData(404, """{"error":"There is no destination 'crn'. Known: crm."}""", 1, "answered 404: There is no destination 'crn'. Known: crm.")]
    [InlineData(401, """{"error":"The token is wrong."}""", 1, "answered 401: The token is wrong. Give it with --token TOKEN or in POSTRIDER_TOKEN.")]
    [InlineData(503, """{"error":"The server is starting."}""", 1, "answered 503: The server is starting.")]
    [InlineData(502, "<html>", 1, "answered 502: no message")]
    [InlineData(200, "<html>", 1, "did not answer as expected")]
    public async Task List_ThatIsRefused_ShowsWhatTheServerSaid(int status, string answer, int exitCode, string error)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", answer, status);

        var result = await admin.RunAsync("dead-letters", "list");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith($"postrider: {admin.Address} {error}", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task Show_OfAnEvent_TellsWhyAndWhereItStands()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page).Answer("GET /api/events/evt_x-0-0-7", Story);

        var result = await admin.RunAsync("dead-letters", "show", "evt_x-0-0-7");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("evt_x-0-0-7, from source app, key ada, type order, received ", result.Output, StringComparison.Ordinal);
        Assert.Contains(": rejected; later events of its key wait for it", result.Output, StringComparison.Ordinal);
        Assert.Contains("last error  status: answered 400", result.Output, StringComparison.Ordinal);
        Assert.Contains("answer      no [2J such user", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ *crm +dead-letter +the receiver rejected it *$", result.Output);
        Assert.Matches(@"(?m)^ *warehouse +delivered +- *$", result.Output);
        Assert.EndsWith("""{"userId":"ada"}""", result.Output, StringComparison.Ordinal);
        Assert.Equal(["GET /api/events/evt_x-0-0-7?body=true", "GET /api/dead-letters?id=evt_x-0-0-7&limit=1000"], admin.Calls);
    }

    [Fact]
    public async Task Show_AsJson_HoldsBothAnswers()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page).Answer("GET /api/events/evt_x-0-0-7", Story);

        var result = await admin.RunAsync("dead-letters", "show", "evt_x-0-0-7", "--json");

        using var answer = JsonDocument.Parse(result.Output);
        Assert.Equal(7, answer.RootElement.GetProperty("event").GetProperty("position").GetInt32());
        Assert.Equal("rejected", answer.RootElement.GetProperty("deadLetters").GetProperty("items")[0].GetProperty("class").GetString());
    }

    [Theory]
    [InlineData("delete", "This deletes for good 14 dead letters of crm.")]
    [InlineData("replay", "This replays 14 dead letters of crm.")]
    public async Task DeleteAndReplay_WithNobodyToAsk_AreExit2AndChangeNothing(string verb, string change)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page);

        var result = await admin.RunAsync("dead-letters", verb, "--destination", "crm");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"postrider: {change} This asks first, and nobody is there to answer: give --yes.", result.Error);
        Assert.Equal(["GET /api/dead-letters?destination=crm&limit=1&total=true"], admin.Calls);
    }

    [Theory]
    [InlineData("delete", """{"deleted":0}""")]
    [InlineData("replay", """{"replays":[]}""")]
    public async Task DeleteAndReplay_WhereNothingMatches_ChangeNothing(string verb, string json)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Nothing);

        var text = await admin.RunAsync("dead-letters", verb, "--all");
        var answer = await admin.RunAsync("dead-letters", verb, "--all", "--json");

        Assert.Equal((0, 0), (text.ExitCode, answer.ExitCode));
        Assert.Equal("No dead letter matches.", text.Output);
        Assert.Equal(json, answer.Output);
        Assert.All(admin.Calls, call => Assert.StartsWith("GET ", call, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--all --yes", "all=true")]
    [InlineData("--class gave-up --until 1h -y", "class=gave-up&until=1h")]
    [InlineData("--id evt_x-0-0-7", "id=evt_x-0-0-7")]
    public async Task Delete_OnceItIsSure_DeletesWhatMatches(string options, string query)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page).Answer("DELETE /api/dead-letters", """{"deleted":14}""");

        var result = await admin.RunAsync(["dead-letters", "delete", .. options.Split(' ')]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("14 dead letters deleted", result.Output);
        Assert.Equal($"DELETE /api/dead-letters?{query}", admin.Calls[^1]);
    }

    [Fact]
    public async Task Replay_WithoutATerminal_ReturnsAtOnceAndSaysHowToFollow()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page).Answer("POST /api/dead-letters/replay", Begun, 202);

        var result = await admin.RunAsync("dead-letters", "replay", "--destination", "crm", "--class", "rejected", "--rate", "50", "--yes");
        var json = await admin.RunAsync("dead-letters", "replay", "--all", "--yes", "--json");

        Assert.Equal((0, 0), (result.ExitCode, json.ExitCode));
        Assert.Contains("rpl_1 to crm has begun.", result.Output, StringComparison.Ordinal);
        Assert.Contains($"postrider replay show rpl_1 --admin {admin.Address}", result.Output, StringComparison.Ordinal);
        Assert.Equal("""POST /api/dead-letters/replay {"destination":"crm","class":"rejected","rate":"50"}""", admin.Calls[1]);
        Assert.Equal("""POST /api/dead-letters/replay {"all":"true"}""", admin.Calls[3]);
        Assert.Equal(Begun, json.Output);
    }

    [Fact]
    public async Task Replay_OfWhichSomeIsRefused_IsExit1AndSaysWhy()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/dead-letters", Page)
            .Answer("POST /api/dead-letters/replay", Begun[..^1] + ""","refused":["'warehouse' has a replay already."]}""", 202);

        var result = await admin.RunAsync("dead-letters", "replay", "--all", "--yes");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("postrider: 'warehouse' has a replay already.", result.Error);
        Assert.Contains("rpl_1 to crm has begun.", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyVerb_WithNoServer_IsExit1WithASentence()
    {
        var admin = $"http://127.0.0.1:{FreePort.Find()}";

        foreach (var verb in new[] { "dead-letters list", "dead-letters delete --all", "replay list", "pause crm", "test crm", "skip crm --all" })
        {
            var result = await PostriderProcess.RunAsync([.. verb.Split(' '), "--admin", admin]);

            Assert.Equal(1, result.ExitCode);
            Assert.Equal($"postrider: cannot reach {admin}: Connection refused. Is the server running?", result.Error);
        }
    }
}
