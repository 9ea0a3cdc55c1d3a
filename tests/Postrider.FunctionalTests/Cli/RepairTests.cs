using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cli;

/// <summary>What an operator does when something went wrong, with the command alone and against the real server.</summary>
public sealed class RepairTests
{
    [Fact]
    public async Task DeadLetters_OnceTheCauseIsRepaired_AreReplayedAndGone()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => new WebhookAnswer(400, "no such user"));
        await using var server = await StartAsync(receiver);
        var first = await server.AcceptAsync("ada", "1");
        var second = await server.AcceptAsync("bob", "2");
        await server.StatusOfAsync("crm", "two dead letters", report => report.DeadLetters == 2);

        var listed = await RunAsync(server, "dead-letters", "list", "--destination", "crm", "--key", "ada");
        var shown = await RunAsync(server, "dead-letters", "show", first);
        receiver.Answer = _ => WebhookAnswer.Ok;
        var replayed = await RunAsync(server, "dead-letters", "replay", "--destination", "crm", "--key", "ada", "--yes", "--wait");
        var deleted = await RunAsync(server, "dead-letters", "delete", "--id", second);

        Assert.Contains(first, listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(second, listed.Output, StringComparison.Ordinal);
        Assert.Contains("no such user", shown.Output, StringComparison.Ordinal);
        Assert.True(replayed.ExitCode == 0, replayed.Error);
        Assert.Contains("to crm is done, 1 event", replayed.Output, StringComparison.Ordinal);
        Assert.Equal("1 dead letter deleted", deleted.Output);
        await server.StoryAsync(first, "crm", "delivered");
        await server.StoryAsync(second, "crm", "dead-letter-deleted");
        Assert.Equal("No dead letter matches.", (await RunAsync(server, "dead-letters", "list")).Output);
    }

    [Fact]
    public async Task Backlog_ThatIsSkipped_ComesBackByItsId()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);
        var paused = await RunAsync(server, "pause", "crm");
        var id = await server.AcceptAsync("ada", "1");

        var skipped = await RunAsync(server, "skip", "crm", "--all", "--yes");
        var ranges = await RunAsync(server, "replay", "skipped", "--json");
        using var answer = JsonDocument.Parse(ranges.Output);
        var range = answer.RootElement.GetProperty("items")[0].GetProperty("id").GetString()!;
        var resumed = await RunAsync(server, "resume", "crm");
        var replayed = await RunAsync(server, "replay", "--destination", "crm", "--skipped", range, "--yes", "--wait");

        Assert.Equal((0, 0, 0), (paused.ExitCode, resumed.ExitCode, replayed.ExitCode));
        Assert.Contains("crm: 1 event given up", skipped.Output, StringComparison.Ordinal);
        await server.WaitUntilSettledAsync("crm");
        Assert.Equal([id], receiver.Arrivals.Select(arrival => arrival.Id));
    }

    [Fact]
    public async Task Destination_ThatIsDisabled_IsTestedAndResumed()
    {
        await using var receiver = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        await using var server = await StartAsync(receiver);

        var disabled = await RunAsync(server, "disable", "crm", "--reason", "moves to a new host");
        await server.StatusOfAsync("crm", "is disabled", report => report is { State: "disabled", Reason: "moves to a new host" });
        var failing = await RunAsync(server, "test", "crm");
        receiver.Answer = _ => WebhookAnswer.Ok;
        var working = await RunAsync(server, "test", "crm", "--data", """{"userId":"me","payload":"hello"}""");
        var resumed = await RunAsync(server, "resume", "crm");
        await server.StatusOfAsync("crm", "is running", report => report.State == "running");

        Assert.Equal((0, 1, 0, 0), (disabled.ExitCode, failing.ExitCode, working.ExitCode, resumed.ExitCode));
        Assert.StartsWith("crm: retry with 503", failing.Output, StringComparison.Ordinal);
        Assert.EndsWith("answer  busy", failing.Output, StringComparison.Ordinal);
        Assert.StartsWith("crm: delivered with 200", working.Output, StringComparison.Ordinal);
        Assert.Equal("hello", receiver.Arrivals[^1].Payload);
    }

    [Fact]
    public async Task Log_ReplayedByTime_IsDeliveredAgain()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);
        var id = await server.AcceptAsync("ada", "1");
        await server.StoryAsync(id, "crm", "delivered");

        var replayed = await RunAsync(server, "replay", "--destination", "crm", "--since", "1h", "--yes", "--wait");
        var listed = await RunAsync(server, "replay", "list");

        Assert.True(replayed.ExitCode == 0, replayed.Error);
        Assert.Matches(@"(?m)^ *rpl_\w+ +crm +log +done +100 % ", listed.Output);
        Assert.Equal([id, id], receiver.Arrivals.Select(arrival => arrival.Id));
    }

    private static async Task<PostriderServer> StartAsync(WebhookReceiver receiver)
    {
        var server = new PostriderServer($"sources:\n  app: {{ default: true }}\ndestinations:\n{PostriderServer.Webhook("crm", receiver.Address)}");
        await server.StartAsync();
        return server;
    }

    private static async Task<ProcessResult> RunAsync(PostriderServer server, params string[] arguments)
    {
        var line = await server.Process.WaitForLineAsync("  admin  ");
        return await PostriderProcess.RunAsync([.. arguments, "--admin", line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]]);
    }
}
