using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class ReplayTests
{
    private const string Status =
        """
        {"version":"0.1.0","startedAt":"2026-01-02T03:04:05+00:00","ready":true,"log":{"id":"abc123","state":"ready","reason":null,"bytes":1,"unsettledBytes":1,
        "limitBytes":2,"freeDiskBytes":null,"partitions":[{"number":0,"generation":0,"firstPosition":1,"endPosition":18}]},"destinations":[],"warnings":[]}
        """;

    [Fact]
    public async Task Replay_OfTheLog_AsksForItsPart()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/replays", Replay("running", 0), 202);

        var result = await admin.RunAsync("replay", "--destination", "crm", "--since", "2h", "--until", "1h", "--key", "ada", "--type", "order", "--rate", "5", "--yes");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("rpl_1 to crm has begun.", result.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["""POST /api/replays {"destination":"crm","key":"ada","type":"order","since":"2h","until":"1h","source":"log","rate":"5"}"""], admin.Calls);
    }

    [Theory]
    [InlineData("--all", "This delivers those of the log's 17 events that match and are routed to crm to it again.")]
    [InlineData("--since 1h", "This delivers those of the log's 17 events that match and are routed to crm to it again.")]
    [InlineData("--skipped skip_0_3", "This delivers 12 events that crm was spared at ")]
    [InlineData("--skipped skip_0_4", "This delivers the range skip_0_4 to crm.")]
    public async Task Replay_WithNobodyToAsk_IsExit2AndSaysHowMuch(string part, string change)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/status", Status).Answer(
            "GET /api/skipped",
            """{"items":[{"id":"skip_0_3","destination":"crm","from":1,"before":18,"events":12,"reason":"skipped","at":"2026-01-02T03:04:05+00:00"}]}""");

        var result = await admin.RunAsync(["replay", "--destination", "crm", .. part.Split(' ')]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"postrider: {change}", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("nobody is there to answer: give --yes.", result.Error, StringComparison.Ordinal);
        Assert.All(admin.Calls, call => Assert.StartsWith("GET ", call, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("done", 0)]
    [InlineData("cancelled", 1)]
    [InlineData("failed", 1)]
    public async Task Replay_ThatIsWaitedFor_EndsWithIt(string state, int exitCode)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/replays", Replay("running", 0), 202)
            .Answer("GET /api/replays/rpl_1", Replay("running", 0.5)).Answer("GET /api/replays/rpl_1", Replay(state, 1));

        var result = await admin.RunAsync("replay", "--destination", "crm", "--id", "evt_x-0-0-7", "--wait");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal($"rpl_1 to crm is {state}, 12 events: slow", result.Output);
        Assert.Equal(3, admin.Calls.Count);
    }

    [Fact]
    public async Task Replay_ServerIsAwayForAMomentWhileItWaits_WaitsOn()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/replays", Replay("running", 0), 202)
            .Answer("GET /api/replays/rpl_1", Replay("running", 0.5))
            .Answer("GET /api/replays/rpl_1", """{"error":"The server is starting."}""", 503)
            .Answer("GET /api/replays/rpl_1", AdminStub.CutOff)
            .Answer("GET /api/replays/rpl_1", Replay("done", 1));

        var result = await admin.RunAsync("replay", "--destination", "crm", "--all", "--yes", "--wait");

        Assert.Equal((0, "rpl_1 to crm is done, 12 events: slow"), (result.ExitCode, result.Output));
        Assert.Equal(5, admin.Calls.Count);
    }

    [Fact]
    public async Task Replay_ServerKnowsNothingOfItWhileItWaits_EndsAtOnce()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/replays", Replay("running", 0), 202);

        var result = await admin.RunAsync("replay", "--destination", "crm", "--all", "--yes", "--wait");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("answered 404", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, admin.Calls.Count);
    }

    [Fact]
    public async Task Replay_ThatIsWaitedForAsJson_IsItsEnd()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/replays", Replay("running", 0), 202).Answer("GET /api/replays/rpl_1", Replay("done", 1));

        var result = await admin.RunAsync("replay", "--destination", "crm", "--all", "--yes", "--wait", "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("""{"replays":[{"id":"rpl_1","destination":"crm","source":"log","state":"done",""", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signal_WhileItWaits_LeavesTheReplayRunning(bool interrupt)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/replays", Replay("running", 0), 202).Answer("GET /api/replays/rpl_1", Replay("running", 0.5));
        await using var process = admin.Start("replay", "--destination", "crm", "--all", "--yes", "--wait");
        await Eventually.GetAsync("it waits", () => Task.FromResult(admin.Calls.Count), calls => calls > 1, () => "");

        if (interrupt)
        {
            process.Interrupt();
        }
        else
        {
            process.Terminate();
        }

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Contains("rpl_1 to crm goes on in the server.", process.Output, StringComparison.Ordinal);
        Assert.Contains("postrider replay cancel rpl_1", process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(admin.Calls, call => call.Contains("cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ListShowAndCancel_OfReplays_AreTablesOrTheAnswer()
    {
        await using var admin = await AdminStub.StartAsync();
        var list = $$"""{"replays":[{{Replay("running", 0.509)}}]}""";
        admin.Answer("GET /api/replays", list).Answer("GET /api/replays/rpl_1", Replay("running", 0.509))
            .Answer("POST /api/replays/rpl_1/cancel", Replay("cancelled", 0.509));

        var listed = await admin.RunAsync("replay", "list");
        var shown = await admin.RunAsync("replay", "show", "rpl_1");
        var cancelled = await admin.RunAsync("replay", "cancel", "rpl_1");
        var json = await admin.RunAsync("replay", "list", "--json");

        Assert.All([listed, shown], result => Assert.Matches(@"(?m)^ *rpl_1 +crm +log +running +50 % +12 +2.5/s +\S+ \S+ +- +slow *$", result.Output));
        Assert.Matches(@"(?m)^ *rpl_1 +crm +log +cancelled ", cancelled.Output);
        Assert.Equal(list, json.Output);
    }

    [Fact]
    public async Task ListAndSkipped_OfNone_SaySo()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/replays", """{"replays":[]}""").Answer("GET /api/skipped", """{"items":[]}""");

        var replays = await admin.RunAsync("replay", "list");
        var skipped = await admin.RunAsync("replay", "skipped", "--destination", "crm");

        Assert.Equal("There are no replays.", replays.Output);
        Assert.Equal("Nothing was given up as a range.", skipped.Output);
        Assert.Equal("GET /api/skipped?destination=crm", admin.Calls[^1]);
    }

    [Fact]
    public async Task Skipped_OfSome_IsATable()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(
            "GET /api/skipped",
            """{"items":[{"id":"skip_0_3","destination":"crm","from":1,"before":18,"events":12,"reason":"by hand","at":"2026-01-02T03:04:05+00:00"}]}""");

        var result = await admin.RunAsync("replay", "skipped");

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^ *skip_0_3 +crm +12 +1 to 17 +\S+ \S+ +by hand *$", result.Output);
    }

    private static string Replay(string state, double part) =>
        $$"""{"id":"rpl_1","destination":"crm","source":"log","state":"{{state}}","filters":{},"rate":2.5,"events":12,"total":24,"part":{{part.ToString(CultureInfo.InvariantCulture)}},"reason":"slow","createdAt":"2026-01-02T03:04:05+00:00","finishedAt":null}""";
}
