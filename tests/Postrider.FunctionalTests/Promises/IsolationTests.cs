using Postrider.FunctionalTests.Infrastructure;
using Postrider.Operations;

namespace Postrider.FunctionalTests.Promises;

/// <summary>P4: what one destination does costs the other nothing, and the status says what is going on.</summary>
[Collection(RealServers.Name)]
public sealed class IsolationTests
{
    private const int Users = 20;
    private const int EventsOfAUser = 10;
    private const int Events = Users * EventsOfAUser;

    [Theory]
    [InlineData("refuses connections", "open", "refused")]
    [InlineData("hangs", "open", "answer")]
    [InlineData("rejects", "rejecting", "401")]
    public async Task P4_OneDestinationIsDown_TheOtherGetsAllAndTheStatusSaysWhyAndUntilWhen(string trouble, string state, string reason)
    {
        var port = FreePort.Find();
        await using var well = await WebhookReceiver.StartAsync();
        await using var ill = new LateReceiver(port);
        if (trouble != "refuses connections")
        {
            await ill.StartAsync(_ => trouble == "hangs" ? WebhookAnswer.Hanging : new WebhookAnswer(401, "token expired"));
        }

        await using var server = new PostriderServer($"""
            destinations:
            {PostriderServer.Webhook("well", well.Address)}
            {PostriderServer.Webhook("ill", new Uri($"http://127.0.0.1:{port}/"), "timeout: 1s", "retry: { initial: 500ms, max: 1s }")}
            """);
        await server.StartAsync("--log-level", "error");

        var began = TimeProvider.System.GetTimestamp();
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(Users), EventsOfAUser);

        // What is delivered beside the publishing takes as long as that; had it to wait for the ill one, it would take a timeout for each user's event.
        var yardstick = TimeProvider.System.GetElapsedTime(began) * 4;
        var soon = TimeSpan.FromSeconds(5);
        await Eventually.TrueAsync("the well one has got everything", () => well.Arrivals.Count >= Events, server.Describe, yardstick > soon ? yardstick : soon);

        // An event that was parked a moment ago has no age until it is saved, and while a probe is under way nobody knows until when.
        var status = await server.StatusOfAsync(
            "ill", $"it is {state}, says until when and how old its backlog is", report => report.State == state && report is { Until: not null, OldestPendingSeconds: not null });

        AssertFigures(status, reason);
        Assert.Equal("running", (await server.StatusOfAsync("well")).State);
        await AssertStoriesAsync(server, published, status);

        await ill.ComeBackAsync();
        var after = await server.WaitUntilSettledAsync("ill");

        var dead = await FindDeadAsync(server, published);
        Assert.Equal("running", after.State);
        Assert.Null(after.Reason);
        Assert.Equal(dead.Count, after.DeadLetters);
        Assert.Equal(Events - dead.Count, after.Delivered);
        Assert.True(after.DeadLetters == 0 || (trouble == "rejects" && after.DeadLetters < 5), $"{after.DeadLetters} dead letters");
        UserOrder.AssertComplete("well", published, well.Arrivals, server.Describe());
        UserOrder.AssertComplete("ill", published, ill.TakenArrivals, server.Describe(), dead);
    }

    // An event is in the log's part of the backlog, parked, dead, or under way as the probe.
    private static void AssertFigures(DestinationReport status, string reason)
    {
        Assert.Contains(reason, status.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(status.Until!.Value - TimeProvider.System.GetUtcNow(), -PostriderProcess.Patience, TimeSpan.FromSeconds(17));
        Assert.Equal(0, status.Delivered);
        Assert.True(status.FailedAttempts > 0, status.ToString());
        Assert.Equal(Events, status.Lag + status.ParkedEvents + status.DeadLetters);
        Assert.InRange(status.ParkedLanes, 1, Users);
        Assert.InRange(status.OldestPendingSeconds!.Value, 0, PostriderProcess.Patience.TotalSeconds);
    }

    private static async Task AssertStoriesAsync(PostriderServer server, IReadOnlyDictionary<string, IReadOnlyList<string>> published, DestinationReport status)
    {
        var states = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in published.Values.SelectMany(ids => ids))
        {
            var story = await server.StoryAsync(id, "ill");
            var state = story.GetProperty("state").GetString()!;
            states[state] = states.GetValueOrDefault(state) + 1;
            if (state == "parked" && story.GetProperty("attempts").GetInt32() > 0)
            {
                Assert.True(story.GetProperty("lastError").GetProperty("message").GetString()!.Length > 0, story.ToString());
            }
        }

        var told = string.Join(", ", states.Select(pair => $"{pair.Key} {pair.Value}"));
        Assert.True(Events == states.Values.Sum() && states.Keys.All(state => state is "parked" or "pending" or "in-flight" or "dead-letter"), told);
        Assert.True(states.GetValueOrDefault("parked") > 0, told);
        Assert.True(status.DeadLetters == states.GetValueOrDefault("dead-letter"), $"{told}; {status}");
        Assert.Equal("delivered", (await server.StoryAsync(published["u1"][0], "well")).GetProperty("state").GetString());
    }

    private static async Task<HashSet<string>> FindDeadAsync(PostriderServer server, IReadOnlyDictionary<string, IReadOnlyList<string>> published)
    {
        var dead = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in published.Values.SelectMany(ids => ids))
        {
            var story = await server.StoryAsync(id, "ill");
            var state = story.GetProperty("state").GetString();
            Assert.True(state is "delivered" or "dead-letter", $"{id}: {story}{server.Describe()}");
            if (state == "dead-letter")
            {
                Assert.Equal("token expired", story.GetProperty("answer").GetString());
                Assert.Equal(401, story.GetProperty("lastError").GetProperty("status").GetInt32());
                dead.Add(id);
            }
        }

        return dead;
    }
}
