using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>One Postrider behind another, as <c>docs/scaling.md</c> puts a disk behind a Redis, or before it.</summary>
[Collection(RealServers.Name)]
public sealed class RelayTests
{
    private const int Users = 10;
    private const int Before = 10;
    private const int After = 5;

    [Fact]
    public async Task Relay_FirstServerKilled_EachEventComesOnceAndInOrder()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var behind = new PostriderServer(
            "sources:\n  cluster:\n    webhook: { signature: { scheme: standardWebhooks, secrets: [" + WebhookReceiver.Secret + "] } }\n    deduplicate: { window: 24h }\n"
            + "destinations:\n" + PostriderServer.Webhook("partner", receiver.Address));
        await behind.StartAsync();
        await using var front = new PostriderServer("destinations:\n" + PostriderServer.Webhook("relay", new Uri(behind.Gateway, "/webhook/cluster")));
        await front.StartAsync();

        // What was in flight at the kill, and what was settled but not saved, comes to the second server again, under the same id.
        await UserOrder.PublishAsync(front, UserOrder.Users(Users), Before);
        await front.KillAsync();
        await front.StartAsync();
        await UserOrder.PublishAsync(front, UserOrder.Users(Users), After, first: Before + 1);
        await front.WaitUntilSettledAsync("relay");
        await behind.WaitUntilSettledAsync("partner");

        var byUser = receiver.Arrivals.ToLookup(arrival => arrival.UserId, StringComparer.Ordinal);
        Assert.All(UserOrder.Users(Users), user => Assert.Equal(
            Enumerable.Range(1, Before + After).Select(number => $"{number}"), byUser[user].Select(arrival => arrival.Payload)));
    }
}
