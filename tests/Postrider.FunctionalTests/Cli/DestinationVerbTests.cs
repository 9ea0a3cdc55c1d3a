using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class DestinationVerbTests
{
    private const string Status =
        """
        {"version":"0.1.0","startedAt":"2026-01-02T03:04:05+00:00","ready":true,"log":{"id":"abc123","state":"ready","reason":null,"bytes":1,"unsettledBytes":1,
        "limitBytes":2,"freeDiskBytes":null,"partitions":[]},"destinations":[{"name":"crm","type":"webhook","state":"open","configured":true,"lag":12,
        "oldestPendingSeconds":90.5,"inFlight":1,"parkedLanes":2,"parkedEvents":3,"deadLetters":4,"delivered":5,"failedAttempts":6,"reason":null,"until":null,
        "pinnedPercent":61.5}],"warnings":[]}
        """;

    [Theory]
    [InlineData("pause crm", "POST /api/destinations/crm/pause", "crm is paused; it keeps its backlog")]
    [InlineData("resume crm", "POST /api/destinations/crm/resume", "crm goes on")]
    [InlineData("disable crm", "POST /api/destinations/crm/disable", "crm is disabled until it is resumed; it keeps its backlog")]
    [InlineData("disable crm --reason moved", """POST /api/destinations/crm/disable {"reason":"moved"}""", "crm is disabled until it is resumed; it keeps its backlog")]
    public async Task Verb_OfAKnownDestination_SaysWhatIsDone(string arguments, string call, string said)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(call.Split(" {")[0], "", 204);

        var result = await admin.RunAsync(arguments.Split(' '));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(said, result.Output);
        Assert.Equal([call], admin.Calls);
    }

    [Fact]
    public async Task Test_ThatIsDelivered_IsExit0()
    {
        await using var admin = await AdminStub.StartAsync();
        const string answer = """{"eventId":"evt_t","outcome":"delivered","status":200,"errorClass":null,"reason":null,"answer":null,"milliseconds":12.3}""";
        admin.Answer("POST /api/destinations/crm/test", answer);

        var result = await admin.RunAsync("test", "crm", "--data", """{"userId":"u","payload":1}""");
        var json = await admin.RunAsync("test", "crm", "--json");

        Assert.Equal((0, 0), (result.ExitCode, json.ExitCode));
        Assert.Equal("crm: delivered with 200 in 12.3 ms\n  event   evt_t", result.Output);
        Assert.Equal(answer, json.Output);
        Assert.Equal(["""POST /api/destinations/crm/test {"userId":"u","payload":1}""", "POST /api/destinations/crm/test"], admin.Calls);
    }

    [Fact]
    public async Task Test_ThatFails_IsExit1WithWhy()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(
            "POST /api/destinations/crm/test",
            """{"eventId":"evt_t","outcome":"retry","status":503,"errorClass":"status","reason":"the receiver failed","answer":"busy\nnow","milliseconds":4}""");

        var result = await admin.RunAsync("test", "crm");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("crm: retry with 503 in 4 ms: the receiver failed\n  event   evt_t\n  answer  busy now", result.Output);
    }

    [Theory]
    [InlineData("--all", """{"all":"true"}""")]
    [InlineData("--before 24h", """{"before":"24h"}""")]
    public async Task Skip_OnceItIsSure_SaysHowMuchWasGivenUp(string part, string body)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("POST /api/destinations/crm/skip", """{"positions":17,"events":12}""");

        var result = await admin.RunAsync(["skip", "crm", "--yes", .. part.Split(' ')]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("crm: 12 events given up, 17 positions of the log passed over", result.Output);
        Assert.Equal([$"POST /api/destinations/crm/skip {body}"], admin.Calls);
    }

    [Theory]
    [InlineData("crm", "--all", 2, "This gives up crm's backlog of 12 events. This asks first, and nobody is there to answer: give --yes.")]
    [InlineData("crm", "--before 24h", 2, "This gives up, of crm's backlog of 12 events, those received before 24h. This asks first, and nobody is there to answer: give --yes.")]
    [InlineData("crn", "--all", 1, "there is no destination 'crn'. Known: crm.")]
    public async Task Skip_WithNobodyToAsk_ChangesNothing(string destination, string part, int exitCode, string error)
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /api/status", Status);

        var result = await admin.RunAsync(["skip", destination, .. part.Split(' ')]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal($"postrider: {error}", result.Error);
        Assert.Equal(["GET /api/status"], admin.Calls);
    }

    [Fact]
    public async Task PauseAndResume_OfTheRealServer_ChangeItsState()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer($"sources:\n  app: {{ default: true }}\ndestinations:\n{PostriderServer.Webhook("crm", receiver.Address)}");
        await server.StartAsync();

        var paused = await RunAsync(server, "pause", "crm");
        await server.StatusOfAsync("crm", "is paused", report => report.State == "paused");
        var resumed = await RunAsync(server, "resume", "crm");
        await server.StatusOfAsync("crm", "is running", report => report.State == "running");
        var unknown = await RunAsync(server, "pause", "crn");

        Assert.Equal((0, 0, 1), (paused.ExitCode, resumed.ExitCode, unknown.ExitCode));
        Assert.EndsWith("answered 404: There is no destination 'crn'. Known: crm.", unknown.Error, StringComparison.Ordinal);
    }

    private static async Task<ProcessResult> RunAsync(PostriderServer server, params string[] arguments)
    {
        var line = await server.Process.WaitForLineAsync("  admin  ");
        return await PostriderProcess.RunAsync([.. arguments, "--admin", line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]]);
    }
}
