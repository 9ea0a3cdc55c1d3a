using System.Text.Json;

namespace Postrider.FunctionalTests.Cli;

public sealed class EventsTests
{
    private const string Id = "evt_a-0-0-7";

    private const string Story =
        """
        {"id":"evt_a-0-0-7","partition":0,"generation":0,"position":7,"held":true,"source":"app","key":"ada","type":"track","receivedAt":"2026-01-02T03:04:05+00:00","requestedDestinations":["crm"],"bodyBytes":51,"body":{"userId":"ada","payload":"\u001b[2J ö"},"destinations":[{"name":"crm","state":"parked","reason":"waits for its next attempt","attempts":3,"nextAttempt":"2026-01-02T03:04:21+00:00","lastError":{"class":"status","status":500,"message":"answered 500"},"answer":"oops"},{"name":"search","state":"not-routed","reason":"the request asked for others"}]}
        """;

    private const string Attempts =
        """
        [{"at":"2026-01-02T03:04:08+00:00","destination":"crm","eventId":"evt_a-0-0-7","number":2,"outcome":"retry","status":503,"errorClass":"status","message":"answered 503","answer":"later","durationSeconds":0.5},{"at":"2026-01-02T03:04:05+00:00","destination":"crm","eventId":"evt_a-0-0-7","number":1,"outcome":"retry","errorClass":"timeout","message":"no complete answer within 15 s","durationSeconds":15}]
        """;

    [Fact]
    public async Task Show_AnEvent_TellsItsWholeStory()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer($"GET /api/events/{Id}", Story).Answer("GET /api/attempts", Attempts);

        var result = await admin.RunAsync("events", "show", Id, "--body");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal([$"GET /api/events/{Id}?body=true", $"GET /api/attempts?event={Id}&limit=1000"], admin.Calls);
        Assert.Matches(@"(?m)^  received    \d{4}-\d\d-\d\d .* from source app$", result.Output);
        Assert.Contains("  asked for   crm", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ *crm +parked +3 +\d{4}-.* waits for its next attempt; status: answered 500 *$", result.Output);
        Assert.Matches(@"(?m)^ *search +not-routed +- +- +the request asked for others *$", result.Output);
        Assert.Matches(@"(?s) 1 +retry +- +15000 ms +no complete answer within 15 s.* 2 +retry +503 +500 ms +answered 503 +later", result.Output);
        Assert.Contains("\"payload\": \"\\u001B[2J ö\"", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Attempts)]
    [InlineData("{\"items\":" + Attempts + "}")]
    public async Task Show_AsJson_IsOneObjectOfBothAnswers(string attempts)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer($"GET /api/events/{Id}", Story).Answer("GET /api/attempts", attempts);

        var result = await admin.RunAsync("events", "show", Id, "--json");

        using var answer = JsonDocument.Parse(result.Output);
        Assert.Equal(Id, answer.RootElement.GetProperty("event").GetProperty("id").GetString());
        Assert.Equal(2, answer.RootElement.GetProperty("attempts").GetArrayLength());
        Assert.Equal($"GET /api/events/{Id}", admin.Calls[0]);
    }

    [Fact]
    public async Task Show_OnAServerThatKeepsNoAttempts_TellsTheRest()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer($"GET /api/events/{Id}", Story);

        var result = await admin.RunAsync("events", "show", Id);

        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("Attempts", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_AnEventThatIsNone_IsExit1WithTheServersSentence()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/events/x", """{"error":"No event of this log has the id 'x'."}""", 404);

        var result = await admin.RunAsync("events", "show", "x");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("No event of this log has the id 'x'.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_OverSeveralPages_GoesOnUntilTheLogsEnd()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/events", Page("""[]""", next: "\"c1\"", scanned: 100_000))
            .Answer("GET /api/events", Page($"[{Summary(9)},{Summary(7)}]", next: "\"c2\"", scanned: 50))
            .Answer("GET /api/events", Page($"[{Summary(1)}]", next: "null", scanned: 50));

        var result = await admin.RunAsync("events", "find", "--key", "ada", "--type", "track", "--source", "app", "--since", "1h", "--until", "5m");

        Assert.Equal(0, result.ExitCode);
        const string filters = "GET /api/events?key=ada&type=track&source=app&since=1h&until=5m";
        Assert.Equal([$"{filters}&limit=50", $"{filters}&limit=50&cursor=c1", $"{filters}&limit=48&cursor=c2"], admin.Calls);
        Assert.Matches(@"(?s)evt_a-0-0-9 .*evt_a-0-0-7 .*evt_a-0-0-1 ", result.Output);
        Assert.DoesNotContain("--cursor", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_BeyondItsBounds_SaysHowToGoOn()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/events", Page($"[{Summary(9)}]", next: "\"c1\"", scanned: 100));

        var byLimit = await admin.RunAsync("events", "find", "--limit", "2");
        var byScan = await admin.RunAsync("events", "find", "--scan", "250", "--json");

        Assert.Contains("--cursor c1", byLimit.Output, StringComparison.Ordinal);
        using var answer = JsonDocument.Parse(byScan.Output);
        Assert.Equal(3, answer.RootElement.GetProperty("items").GetArrayLength());
        Assert.Equal(300, answer.RootElement.GetProperty("scanned").GetInt64());
        Assert.Equal("c1", answer.RootElement.GetProperty("next").GetString());
    }

    [Fact]
    public async Task Find_Nothing_SaysSo()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/events", Page("[]", next: "null", scanned: 3));

        var result = await admin.RunAsync("events", "find", "--key", "nobody");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("No event matches.", result.Output);
    }

    private static string Page(string items, string next, int scanned) =>
        $$"""{"items":{{items}},"next":{{next}},"scanned":{{scanned}},"oldestLookedAt":"2026-01-02T03:00:00+00:00"}""";

    private static string Summary(int position) =>
        $$"""{"id":"evt_a-0-0-{{position}}","receivedAt":"2026-01-02T03:04:05+00:00","source":"app","key":"ada","type":null,"bodyBytes":51}""";
}
