using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_OfARunningServer_FindsNoErrorAndSendsNoEvent()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer(OwnSecret($"destinations:\n{PostriderServer.Webhook("crm", receiver.Address)}"));
        await server.StartAsync();
        // The ports that it got: free ones cannot be held against anyone.
        File.WriteAllText(server.ConfigFile, File.ReadAllText(server.ConfigFile)
            .Replace("gateway: { listen: \"http://127.0.0.1:0\" }", $"gateway: {{ listen: \"{server.Gateway.GetLeftPart(UriPartial.Authority)}\" }}", StringComparison.Ordinal)
            .Replace("admin: { listen: \"http://127.0.0.1:0\" }", $"admin: {{ listen: \"{server.Admin.GetLeftPart(UriPartial.Authority)}\" }}", StringComparison.Ordinal));

        var result = await PostriderProcess.RunAsync("doctor", "--config", server.ConfigFile, "--admin", server.Admin.AbsoluteUri, "--json");

        using var report = JsonDocument.Parse(result.Output);
        var findings = report.RootElement.GetProperty("findings").EnumerateArray().ToArray();
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Equal(0, report.RootElement.GetProperty("errors").GetInt32());
        Assert.Equal(2, findings.Count(finding => Is(finding, "port", "ok", "a Postrider listens on")));
        Assert.Single(findings, finding => Is(finding, "destination", "ok", "takes connections"));
        Assert.Single(findings, finding => Is(finding, "server", "ok", "ready, version"));
        Assert.Contains(findings, finding => Is(finding, "disk", null, "a durable write of 4 KiB takes"));
        Assert.Contains(findings, finding => finding.GetProperty("subject").GetString() == "clock");
        Assert.Empty(receiver.Arrivals);
        Assert.Equal(["lock", "events", "state.db"], Directory.EnumerateFileSystemEntries(Path.Combine(server.Folder, "data")).Select(Path.GetFileName).Intersect(["lock", "events", "state.db"]).OrderBy(name => name == "lock" ? 0 : name == "events" ? 1 : 2));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(server.Folder, "*", SearchOption.AllDirectories), path => path.Contains("doctor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doctor_OfWhatIsWrong_SaysWhatToDoAndIsExit1()
    {
        await using var taken = await StubServer.StartAsync(200, "someone else");
        var folder = Directory.CreateTempSubdirectory("postrider-test-");
        try
        {
            var config = Path.Combine(folder.FullName, "postrider.yaml");
            await File.WriteAllTextAsync(config, $$"""
                gateway: { listen: "http://127.0.0.1:{{taken.Address.Port}}" }
                admin: { listen: "http://127.0.0.1:0", token: changeme }
                sources: { app: { default: true, writeKey: short } }
                destinations:
                  gone: { type: webhook, url: "http://127.0.0.1:{{FreePort.Find()}}/", allowPrivateNetwork: true, secret: {{WebhookReceiver.Secret}} }
                  inside: { type: webhook, url: "http://127.0.0.1:1/" }
                  nameless: { type: webhook, url: "https://no-such-host.invalid/" }
                """, TestContext.Current.CancellationToken);
            Assert.SkipWhen(OperatingSystem.IsWindows(), "Rights of files are not examined there.");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(config, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead | UnixFileMode.GroupRead);
            }

            var result = await PostriderProcess.RunAsync("doctor", "--config", config);

            Assert.Equal(1, result.ExitCode);
            Assert.Contains($"error    port gateway.listen: something else listens on http://127.0.0.1:{taken.Address.Port}", result.Output, StringComparison.Ordinal);
            Assert.Contains("error    secrets admin's tokens: one is a word that anyone tries first", result.Output, StringComparison.Ordinal);
            Assert.Contains("warning  secrets sources.app: a write key of fewer than 8 characters", result.Output, StringComparison.Ordinal);
            Assert.Contains("everyone on this machine may read it", result.Output, StringComparison.Ordinal);
            Assert.Contains($"→ chmod 600 {config}", result.Output, StringComparison.Ordinal);
            Assert.Matches(@"(?m)^error    destination gone: no connection to 127\.0\.0\.1:\d+: connection refused$", result.Output);
            Assert.Contains("it signs with the sample secret of the documentation", result.Output, StringComparison.Ordinal);
            Assert.Matches(@"(?m)^error    destination inside: 127\.0\.0\.1 is .*allowPrivateNetwork: true$", result.Output);
            Assert.Contains("error    destination nameless: no-such-host.invalid does not resolve", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("changeme", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(WebhookReceiver.Secret, result.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Doctor_OfABadConfiguration_NamesEveryMistake()
    {
        var folder = Directory.CreateTempSubdirectory("postrider-test-");
        try
        {
            var config = Path.Combine(folder.FullName, "postrider.yaml");
            await File.WriteAllTextAsync(config, "gatway: {}\nadmin: { listen: nowhere }\n", TestContext.Current.CancellationToken);

            var result = await PostriderProcess.RunAsync("doctor", "--config", config, "--json");

            Assert.Equal(1, result.ExitCode);
            using var report = JsonDocument.Parse(result.Output);
            Assert.Equal(2, report.RootElement.GetProperty("errors").GetInt32());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Doctor_WithoutAFile_IsExit1()
    {
        var result = await PostriderProcess.RunAsync("doctor", "--config", "/nowhere/at/all.yaml");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error    configuration /nowhere/at/all.yaml: there is no such file", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_OfARemoteServerAlone_ExaminesIt()
    {
        await using var admin = await AdminStub.StartAsync();
        admin.Answer("GET /health/ready", """{"ready":true}""").Answer("GET /api/status", WatchTests.Status(stored: 1, delivered: 0));
        var folder = Directory.CreateTempSubdirectory("postrider-test-");

        var result = await PostriderProcess.RunAsync(["doctor", "--admin", admin.Address], workingFolder: folder.FullName);
        folder.Delete();

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"ok       server {admin.Address}: ready, version 0.1.0", result.Output, StringComparison.Ordinal);
        Assert.Contains("warning  server crm: it is open", result.Output, StringComparison.Ordinal);
        Assert.Contains("→ postrider dead-letters list --destination crm", result.Output, StringComparison.Ordinal);
    }

    private static string OwnSecret(string yaml) =>
        yaml.Replace(WebhookReceiver.Secret, "whsec_bXkgb3duIHNlY3JldCBvZiB0aGlzIHRlc3QgYWxvbmU=", StringComparison.Ordinal);

    private static bool Is(JsonElement finding, string area, string? level, string text) =>
        finding.GetProperty("area").GetString() == area
        && (level is null || finding.GetProperty("level").GetString() == level)
        && finding.GetProperty("text").GetString()!.Contains(text, StringComparison.Ordinal);
}
