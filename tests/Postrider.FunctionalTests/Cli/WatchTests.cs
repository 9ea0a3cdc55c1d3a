using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class WatchTests
{
    private const string Path = "GET /api/status";

    [Fact]
    public async Task Watch_WithoutATerminal_PrintsLookAfterLookWithRates()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(Path, Status(stored: 1, delivered: 0)).Answer(Path, Status(stored: 1_000_001, delivered: 1_000_000));
        await using var watch = admin.Start("status", "--watch", "--interval", "100ms");

        await watch.WaitForLineAsync(line => line.Contains("events/s accepted", StringComparison.Ordinal) && !line.Contains(", 0 events/s", StringComparison.Ordinal), "a rate");
        await watch.WaitForLineAsync(", 0 events/s accepted");
        watch.Interrupt();

        Assert.Equal(0, await watch.WaitForExitAsync());
        Assert.Equal("", watch.Error);
        Assert.Contains("delivered/s", watch.Output, StringComparison.Ordinal);
        Assert.Contains("crm waits for breaker", watch.Output, StringComparison.Ordinal);
        Assert.Contains("warning: Look here.", watch.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_OfSeveralDestinations_PutsTheOneThatFailsFirst()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(Path, Status(stored: 1, delivered: 0));
        await using var watch = admin.Start("status", "--watch", "--interval", "100ms");

        await watch.WaitForLineAsync("all-is-well ");
        await watch.StopAsync();

        var lines = watch.Output.Split('\n');
        Assert.True(Array.FindIndex(lines, line => line.TrimStart().StartsWith("crm ", StringComparison.Ordinal)) < Array.FindIndex(lines, line => line.Contains("all-is-well ", StringComparison.Ordinal)));
        Assert.Equal(0, watch.ExitCode);
    }

    [Fact]
    public async Task Watch_AsJson_IsOneAnswerALine()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(Path, Status(stored: 1, delivered: 0).Replace(",", ",\n", StringComparison.Ordinal));
        await using var watch = admin.Start("status", "--watch", "--json", "--interval", "100ms");

        await Eventually.TrueAsync("three looks", () => watch.Output.Split('\n').Length >= 3);
        watch.Interrupt();

        Assert.Equal(0, await watch.WaitForExitAsync());
        Assert.All(watch.Output.Split('\n'), line =>
        {
            using var look = JsonDocument.Parse(line);
            Assert.Equal(2, look.RootElement.GetProperty("destinations").GetArrayLength());
        });
    }

    [Fact]
    public async Task Watch_OfAServerThatGoesAwayForAWhile_GoesOn()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(Path, Status(stored: 1, delivered: 0)).Answer(Path, """{"error":"The server is starting."}""", 503).Answer(Path, Status(stored: 7, delivered: 0));
        await using var watch = admin.Start("status", "--watch", "--interval", "100ms");

        await watch.WaitForLineAsync("answered 503: The server is starting.");
        await Eventually.TrueAsync("two looks", () => watch.Output.Split("--- ").Length > 2);
        watch.Interrupt();

        Assert.Equal(0, await watch.WaitForExitAsync());
    }

    [Fact]
    public async Task Watch_OfNobody_IsExit1()
    {
        var result = await PostriderProcess.RunAsync("status", "--watch", "--admin", $"http://127.0.0.1:{FreePort.Find()}");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Is the server running?", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_WithTheAddressInTheEnvironment_AsksThere()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer(Path, Status(stored: 1, delivered: 0));

        var found = await PostriderProcess.RunAsync(["status"], environment: new Dictionary<string, string?> { ["POSTRIDER_ADMIN"] = admin.Address });
        var refused = await PostriderProcess.RunAsync(["status"], environment: new Dictionary<string, string?> { ["POSTRIDER_ADMIN"] = "nowhere" });

        Assert.Equal(0, found.ExitCode);
        Assert.Contains(admin.Address, found.Output, StringComparison.Ordinal);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("'nowhere' is no address", refused.Error, StringComparison.Ordinal);
    }

    internal static string Status(long stored, long delivered) =>
        $$"""
        {"version":"0.1.0","startedAt":"2026-01-02T03:04:05+00:00","ready":true,"log":{"id":"abc123","state":"ready","bytes":1048576,"unsettledBytes":2048,"limitBytes":1073741824,"partitions":[{"number":0,"generation":0,"firstPosition":1,"endPosition":{{stored}}}]},"destinations":[{"name":"all-is-well","type":"webhook","state":"running","configured":true,"lag":0,"inFlight":0,"parkedLanes":0,"parkedEvents":0,"deadLetters":0,"delivered":{{delivered}},"failedAttempts":0,"pinnedPercent":0},{"name":"crm","type":"webhook","state":"open","configured":true,"lag":12,"oldestPendingSeconds":90.5,"inFlight":1,"parkedLanes":2,"parkedEvents":3,"deadLetters":4,"delivered":5,"failedAttempts":6,"waits":[{"for":"breaker","until":null,"reason":"connection refused"}],"pinnedPercent":61.5}],"warnings":["Look here."]}
        """;
}
