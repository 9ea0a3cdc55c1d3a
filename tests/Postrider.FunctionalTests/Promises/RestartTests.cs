using System.Globalization;
using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>What a kill and an orderly stop leave behind.</summary>
[Collection(RealServers.Name)]
public sealed class RestartTests
{
    [Fact]
    public async Task P3_KilledBetweenARejectionAndTheNextEvent_TheDeadLetterWasSavedFirst()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer("destinations:\n" + PostriderServer.Webhook("hook", receiver.Address));
        await server.StartAsync("--log-level", "error");
        var killed = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = arrival =>
        {
            if (arrival.Payload == "1")
            {
                return new WebhookAnswer(400, "never");
            }

            // An attempt of a second event has begun: in this very moment the dead letter of the first must be on disk.
            killed.TrySetResult(server.KillAsync());
            return WebhookAnswer.Hanging;
        };

        // Held until both events of each user are there, so that the second follows the first without a pause.
        await server.PauseAsync("hook");
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(10), 2);
        await server.ResumeAsync("hook");
        await (await killed.Task.WaitAsync(PostriderProcess.Patience, TestContext.Current.CancellationToken));
        var before = receiver.Arrivals;
        receiver.Answer = arrival => arrival.Payload == "1" ? new WebhookAnswer(400, "never") : WebhookAnswer.Ok;
        await server.StartAsync("--log-level", "error");
        await server.WaitUntilSettledAsync("hook");

        var again = receiver.Arrivals.Skip(before.Count).Where(arrival => arrival.Payload == "1").Select(arrival => arrival.UserId).ToList();
        Assert.DoesNotContain(before, arrival => arrival.Payload == "2" && again.Contains(arrival.UserId));
        Assert.Contains(before, arrival => arrival.Payload == "2");
        Assert.Equal(10, (await server.StatusOfAsync("hook")).DeadLetters);
        UserOrder.AssertComplete("hook", published, receiver.Arrivals, server.Describe());
    }

    [Fact]
    public async Task P6_StoppedInOrder_AttemptsInFlightEndAndNothingIsRepeated()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await WebhookReceiver.StartAsync(arrival => arrival.Payload == "3" ? new WebhookAnswer(200, Until: hold.Task) : WebhookAnswer.Ok);
        await using var server = new PostriderServer(
            "delivery: { shutdownTimeout: 60s }\ndestinations:\n" + PostriderServer.Webhook("hook", receiver.Address, "timeout: 60s"));
        await server.StartAsync();
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(12), 5);
        await Eventually.TrueAsync("each user's third event is under way", () => receiver.Arrivals.Count(arrival => arrival.Payload == "3") == 12, server.Describe);

        server.Process.Terminate();
        await Eventually.GetAsync("the gateway refuses", () => RefusesAsync(server), refuses => refuses, server.Describe);
        Assert.False(server.Process.HasExited);
        hold.SetResult();
        var exitCode = await server.Process.WaitForExitAsync();
        var before = receiver.Arrivals;
        await server.StartAsync();
        await server.WaitUntilSettledAsync("hook");

        Assert.Equal(0, exitCode);
        Assert.Equal(12, before.Count(arrival => arrival.Payload == "3"));
        Assert.Equal(receiver.Arrivals.Count, receiver.Arrivals.DistinctBy(arrival => arrival.Id).Count());
        UserOrder.AssertComplete("hook", published, receiver.Arrivals, server.Describe());
    }

    [Fact]
    public async Task P6_KilledWhileLanesAreParked_AttemptCountsAndScheduleAreKept()
    {
        await using var late = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        await using var soon = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        await using var server = new PostriderServer($"""
            destinations:
            {PostriderServer.Webhook("late", late.Address, "retry: { initial: 5m, max: 5m }")}
            {PostriderServer.Webhook("soon", soon.Address, "retry: { initial: 400ms, max: 400ms }")}
            """);
        await server.StartAsync("--log-level", "error");
        var head = await server.AcceptAsync("u", "1");
        var behind = await server.AcceptAsync("u", "2");
        var parked = await Scheduled(server, head, "late", 1);
        await Scheduled(server, head, "soon", 3);

        await server.KillAsync();
        var before = soon.Arrivals.Count;
        await server.StartAsync("--log-level", "error");
        var kept = await server.StoryAsync(head, "late");
        await Eventually.TrueAsync("the short schedule goes on", () => soon.Arrivals.Count > before, server.Describe);
        soon.Answer = _ => WebhookAnswer.Ok;
        await server.StoryAsync(behind, "soon", "delivered");

        Assert.Equal("parked", kept.GetProperty("state").GetString());
        Assert.Equal(1, kept.GetProperty("attempts").GetInt32());
        Assert.Equal(parked.GetProperty("nextAttempt").GetString(), kept.GetProperty("nextAttempt").GetString());
        Assert.Single(late.Arrivals);
        Assert.Equal("parked", (await server.StoryAsync(behind, "late")).GetProperty("state").GetString());

        // The last attempt before the kill may not have been saved: then its number comes again, and only that one.
        var attempts = soon.Arrivals.Where(arrival => arrival.Payload == "1").Select(arrival => arrival.Attempt).ToList();
        Assert.InRange(attempts[before], attempts[before - 1], attempts[before - 1] + 1);
        Assert.True(attempts[before] >= 4, $"attempts {string.Join(", ", attempts)}");
    }

    [Fact]
    public async Task SecondProcess_OnTheSameFolder_IsRefusedNamingThePid()
    {
        await using var server = new PostriderServer("log: { path: ./data }\n");
        await server.StartAsync();

        var refused = await server.RefuseAsync();

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"is in use by another process (pid {server.Process.Id})", refused.Error, StringComparison.Ordinal);
        Assert.True((await server.ReadyAsync()).GetProperty("ready").GetBoolean());
    }

    [Theory]
    [InlineData("oldest")]
    [InlineData("tail")]
    public async Task P2_StateLostBesideAFullLog_RefusesUntilToldWhereToBegin(string from)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer("destinations:\n" + PostriderServer.Webhook("hook", receiver.Address));
        await server.StartAsync("--log-level", "error");
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(5), 4);
        await server.WaitUntilSettledAsync("hook");
        await server.StopAsync();
        foreach (var file in Directory.GetFiles(Path.Combine(server.Folder, "data"), "state.db*"))
        {
            File.Delete(file);
        }

        var refused = await server.RefuseAsync();
        await server.StartAsync("--log-level", "error", "--deliver-from", from);
        var more = await UserOrder.PublishAsync(server, UserOrder.Users(5), 1, first: 5);
        await server.WaitUntilSettledAsync("hook");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("state.db is missing", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--deliver-from oldest or tail", refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.Trim().Split('\n'));
        UserOrder.AssertComplete("hook", published.ToDictionary(user => user.Key, user => (IReadOnlyList<string>)[.. user.Value, .. more[user.Key]]), receiver.Arrivals);
        Assert.Equal(from == "oldest" ? 45 : 25, receiver.Arrivals.Count);
    }

    private static Task<JsonElement> Scheduled(PostriderServer server, string id, string destination, int attempts) => Eventually.GetAsync(
        $"{id} is parked for {destination} after at least {attempts} attempts, with its time",
        () => server.StoryAsync(id, destination),
        story => story.GetProperty("state").GetString() == "parked"
            && story.GetProperty("attempts").GetInt32() >= attempts
            && story.GetProperty("nextAttempt").ValueKind == JsonValueKind.String
            && DateTimeOffset.Parse(story.GetProperty("nextAttempt").GetString()!, CultureInfo.InvariantCulture) > TimeProvider.System.GetUtcNow(),
        server.Describe);

    private static async Task<bool> RefusesAsync(PostriderServer server)
    {
        try
        {
            return !(await server.PublishAsync("x", "6")).IsAccepted;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
