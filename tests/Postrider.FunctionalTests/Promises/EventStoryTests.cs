using System.Globalization;
using System.Text.Json;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>P2: while the log holds an event, its story says where it stands and why.</summary>
[Collection(RealServers.Name)]
public sealed class EventStoryTests
{
    [Fact]
    public async Task P2_EachState_IsToldWithItsReason()
    {
        var hold = new TaskCompletionSource();
        await using var receiver = await WebhookReceiver.StartAsync(arrival => arrival.UserId switch
        {
            "fails" => WebhookAnswer.Failing,
            "rejected" => new WebhookAnswer(400, "no such order"),
            "slow" => new WebhookAnswer(200, Until: hold.Task),
            _ => WebhookAnswer.Ok,
        });
        await using var other = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer($"""
            destinations:
            {PostriderServer.Webhook("hook", receiver.Address, "timeout: 60s", "retry: { initial: 10m, max: 10m }")}
            {PostriderServer.Webhook("other", other.Address)}
            """);
        await server.StartAsync("--log-level", "error");

        var delivered = await server.AcceptAsync("well", "1");
        var left = await server.AcceptAsync("well", "2", ",\"destinations\":[\"other\"]");
        var rejected = await server.AcceptAsync("rejected", "1");
        var failed = await server.AcceptAsync("fails", "1");
        var slow = await server.AcceptAsync("slow", "1");
        var waiting = await server.AcceptAsync("slow", "2");
        await server.StoryAsync(delivered, "hook", "delivered");
        await server.StoryAsync(left, "hook", "not-routed");
        await server.StoryAsync(left, "other", "delivered");
        await server.StoryAsync(slow, "hook", "in-flight");
        await server.StoryAsync(waiting, "hook", "pending");
        var dead = await server.StoryAsync(rejected, "hook", "dead-letter");
        var parked = await Eventually.GetAsync(
            "the failed event is parked and its schedule is saved", () => server.StoryAsync(failed, "hook"), story => Due(story) is not null, server.Describe);
        var behind = await server.AcceptAsync("fails", "2");
        var parkedBehind = await server.StoryAsync(behind, "hook", "parked");
        hold.SetResult();
        await server.StoryAsync(waiting, "hook", "delivered");

        Assert.Equal("no such order", dead.GetProperty("answer").GetString());
        Assert.Equal(400, dead.GetProperty("lastError").GetProperty("status").GetInt32());
        Assert.Equal(1, dead.GetProperty("attempts").GetInt32());
        Assert.Equal("parked", parked.GetProperty("state").GetString());
        Assert.Equal(1, parked.GetProperty("attempts").GetInt32());
        Assert.Equal(503, parked.GetProperty("lastError").GetProperty("status").GetInt32());
        Assert.InRange(Due(parked)!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(10));
        Assert.Equal(0, parkedBehind.GetProperty("attempts").GetInt32());
        Assert.Contains("behind", parkedBehind.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, other.Arrivals.Count(arrival => arrival.UserId == "well"));
    }

    private static DateTimeOffset? Due(JsonElement story) => story.TryGetProperty("nextAttempt", out var due) && due.ValueKind == JsonValueKind.String
        ? DateTimeOffset.Parse(due.GetString()!, CultureInfo.InvariantCulture)
        : null;
}
