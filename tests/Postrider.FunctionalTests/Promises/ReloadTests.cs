using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>Destinations that come and go while the server runs, or dies.</summary>
[Collection(RealServers.Name)]
public sealed class ReloadTests
{
    [Fact]
    public async Task P2_DestinationAddedByReloadAndKilledAtOnce_LosesNothing()
    {
        await using var old = await WebhookReceiver.StartAsync();
        await using var added = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        var one = "destinations:\n" + PostriderServer.Webhook("old", old.Address);
        await using var server = new PostriderServer(one);
        await server.StartAsync();
        await UserOrder.PublishAsync(server, ["before"], 3);

        server.Configure(one + PostriderServer.Webhook("added", added.Address, "retry: { initial: 200ms, max: 200ms }"));
        server.Process.Hangup();
        await server.Process.WaitForLineAsync("The configuration was reloaded");
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(20), 1);
        await server.KillAsync();
        added.Answer = _ => WebhookAnswer.Ok;
        await server.StartAsync();
        await server.WaitUntilSettledAsync("added");
        await server.WaitUntilSettledAsync("old");

        UserOrder.AssertComplete("added", published, added.Arrivals, server.Describe());
        UserOrder.AssertComplete("old", published, old.Arrivals, server.Describe());
        Assert.DoesNotContain(added.Arrivals, arrival => arrival.UserId == "before");
    }

    [Fact]
    public async Task P2_DestinationThatLeavesTheConfiguration_IsKeptAndSaidSoAndGoesOnWhenItComesBack()
    {
        await using var stays = await WebhookReceiver.StartAsync();
        await using var leaves = await WebhookReceiver.StartAsync(_ => WebhookAnswer.Failing);
        var one = "destinations:\n" + PostriderServer.Webhook("stays", stays.Address);
        var both = one + PostriderServer.Webhook("leaves", leaves.Address, "retry: { initial: 200ms, max: 200ms }");
        await using var server = new PostriderServer(both);
        await server.StartAsync();
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(5), 4);
        await server.WaitUntilSettledAsync("stays");

        server.Configure(one);
        server.Process.Hangup();
        await server.Process.WaitForLineAsync("Destination leaves is no longer configured");
        var gone = await server.StatusOfAsync("leaves", "it is told as not configured", report => !report.Configured);
        var warnings = (await server.StatusAsync()).Warnings;
        await server.StopAsync();
        await server.StartAsync();
        var said = await server.Process.WaitForLineAsync("warning: Destination 'leaves' is not configured any more");
        var meanwhile = await UserOrder.PublishAsync(server, UserOrder.Users(5), 1, first: 5);
        await server.KillAsync();
        leaves.Answer = _ => WebhookAnswer.Ok;
        var failed = leaves.Arrivals.Count;
        server.Configure(both);
        await server.StartAsync();
        await server.WaitUntilSettledAsync("leaves");

        Assert.Equal(20, gone.Lag + gone.ParkedEvents);
        Assert.NotNull(gone.Until);
        Assert.Contains(warnings, warning => warning.Contains("'leaves' is not configured any more", StringComparison.Ordinal));
        Assert.Contains("24 h", said, StringComparison.Ordinal);
        UserOrder.AssertComplete("leaves", published, leaves.Arrivals.Skip(failed).Where(arrival => arrival.Payload != "5"), server.Describe());
        UserOrder.AssertComplete("stays", meanwhile, stays.Arrivals.Where(arrival => arrival.Payload == "5"), server.Describe());
    }

    [Fact]
    public async Task BadReload_ChangesNothing()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var good = "destinations:\n" + PostriderServer.Webhook("hook", receiver.Address);
        await using var server = new PostriderServer(good);
        await server.StartAsync();

        server.Configure(good + "conections: []\n");
        server.Process.Hangup();
        await server.Process.WaitForLineAsync("was not reloaded, nothing changed");
        var error = await server.Process.WaitForLineAsync("did you mean 'connections'?");
        var published = await UserOrder.PublishAsync(server, UserOrder.Users(2), 2);
        await server.WaitUntilSettledAsync("hook");

        Assert.Contains("postrider.yaml:", error, StringComparison.Ordinal);
        UserOrder.AssertComplete("hook", published, receiver.Arrivals, server.Describe());
        Assert.True((await server.ReadyAsync()).GetProperty("ready").GetBoolean());
    }
}
