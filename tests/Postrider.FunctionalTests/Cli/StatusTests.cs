using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class StatusTests
{
    private const string Answer =
        """
        {"version":"0.1.0","startedAt":"2026-01-02T03:04:05+00:00","ready":true,
        "log":{"id":"abc123","state":"ready","reason":null,"bytes":1048576,"unsettledBytes":2048,"limitBytes":1073741824,"freeDiskBytes":null,
        "partitions":[{"number":0,"generation":0,"firstPosition":1,"endPosition":18}]},
        "destinations":[{"name":"crm","type":"webhook","state":"open","configured":true,"lag":12,"oldestPendingSeconds":90.5,"inFlight":1,
        "parkedLanes":2,"parkedEvents":3,"deadLetters":4,"delivered":5,"failedAttempts":6,"reason":"connection refused [everywhere]",
        "until":null,"pinnedPercent":61.5}],
        "warnings":["Destination 'crm' pins 61 % of the log's limit."]}
        """;

    [Fact]
    public async Task Status_OfARunningServer_IsATable()
    {
        await using var admin = await StubServer.StartAsync(200, Answer);

        var result = await PostriderProcess.RunAsync("status", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("postrider 0.1.0 at http://127.0.0.1", result.Output, StringComparison.Ordinal);
        Assert.Contains("log abc123: ready, 1 MiB of 1 GiB, 2 KiB not yet delivered everywhere", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ *crm +webhook +open +12 +1 min 30 s +1 +3 of 2 keys +4 +5 +6 +see below *$", result.Output);
        Assert.Contains("crm is open: connection refused [everywhere]", result.Output, StringComparison.Ordinal);
        Assert.Contains("warning: Destination 'crm' pins 61 % of the log's limit.", result.Output, StringComparison.Ordinal);
        Assert.Equal("/api/status", Assert.Single(admin.Requests).Path);
    }

    [Fact]
    public async Task Status_OfADestinationThatWaitsUntilATime_SaysUntilWhen()
    {
        var until = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero);
        await using var admin = await StubServer.StartAsync(200, Answer.Replace("\"until\":null", $"\"until\":\"{until:O}\"", StringComparison.Ordinal));

        var result = await PostriderProcess.RunAsync("status", "--admin", admin.Address.AbsoluteUri);

        var time = until.ToLocalTime().ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Matches($@"(?m)^ *crm .* until {time} *$", result.Output);
        Assert.Contains($"connection refused [everywhere], until {time}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_AsJson_IsTheAnswerItself()
    {
        await using var admin = await StubServer.StartAsync(200, Answer);

        var result = await PostriderProcess.RunAsync("status", "--admin", admin.Address.AbsoluteUri, "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Answer, result.Output);
    }

    [Fact]
    public async Task Status_WithAToken_SendsIt()
    {
        await using var admin = await StubServer.StartAsync(200, Answer);
        var environment = new Dictionary<string, string?> { ["POSTRIDER_TOKEN"] = "of-the-environment" };

        await PostriderProcess.RunAsync(["status", "--admin", admin.Address.AbsoluteUri], environment: environment);
        await PostriderProcess.RunAsync(["status", "--admin", admin.Address.AbsoluteUri, "--token", "given"], environment: environment);
        await PostriderProcess.RunAsync(["status", "--admin", admin.Address.AbsoluteUri]);

        Assert.Equal(["Bearer of-the-environment", "Bearer given", ""], admin.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task Help_WithATokenInTheEnvironment_DoesNotShowIt()
    {
        var environment = new Dictionary<string, string?> { ["POSTRIDER_TOKEN"] = "secret-of-the-environment" };

        var result = await PostriderProcess.RunAsync(["status", "--help"], environment: environment);

        Assert.DoesNotContain("secret-of-the-environment", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_ThatIsRefused_IsExit1WithTheServersError()
    {
        await using var admin = await StubServer.StartAsync(401, """{"error":"The token is wrong."}""");

        var result = await PostriderProcess.RunAsync("status", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"postrider: {admin.Address.GetLeftPart(UriPartial.Authority)} answered 401: The token is wrong. Give it with --token TOKEN or in POSTRIDER_TOKEN.", result.Error);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Status_OfSomethingElse_IsExit1WithASentence(string answer)
    {
        await using var admin = await StubServer.StartAsync(200, answer);

        var result = await PostriderProcess.RunAsync("status", "--admin", admin.Address.AbsoluteUri);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is it the admin listener of a Postrider server?", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_OfNobody_IsExit1WithASentence()
    {
        var port = FreePort.Find();

        var result = await PostriderProcess.RunAsync("status", "--admin", $"http://127.0.0.1:{port}");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"postrider: cannot reach http://127.0.0.1:{port}: Connection refused. Is the server running?", result.Error);
    }
}
