using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>Routers with an old and a new configuration side by side.</summary>
[Collection(RealServers.Name)]
public sealed class ClusterUpgradeTests : IAsyncLifetime
{
    private const int Users = 40;

    private WebhookReceiver? _crm;
    private WebhookReceiver? _added;
    private WebhookReceiver? _removed;
    private ClusterHarness? _cluster;

    private ClusterHarness Cluster => _cluster!;

    public async ValueTask InitializeAsync()
    {
        (_crm, _added, _removed) = (await WebhookReceiver.StartAsync(), await WebhookReceiver.StartAsync(), await WebhookReceiver.StartAsync());
        _cluster = new ClusterHarness { Destinations = PostriderServer.Webhook("crm", _crm.Address) + PostriderServer.Webhook("removed", _removed.Address) };
        await _cluster.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        foreach (var receiver in new[] { _crm!, _added!, _removed! })
        {
            await receiver.DisposeAsync();
        }
    }

    [Fact]
    public async Task Upgrade_OldAndNewConfigurationSideBySideAndBackAgain_NothingIsSkippedOrForgotten()
    {
        var changed = PostriderServer.Webhook("crm", _crm!.Address, "concurrency: 3") + PostriderServer.Webhook("added", _added!.Address);
        var gateway = await Cluster.StartAsync("gateway");
        var old = await Cluster.StartAsync("router");
        await EachUserAsync(gateway, "0");
        await HasAsync(_crm, Users);
        await HasAsync(_removed!, Users);

        // Side by side: what each lists is delivered in its partitions.
        var next = await Cluster.StartAsync("router", changed);
        await ClusterHarness.WaitUntilSharedAsync(old, next);
        await EachUserAsync(gateway, "1");
        await HasAsync(_crm, 2 * Users);
        await Eventually.TrueAsync("both deliver in their part", () => Count(_added) > 0 && Count(_removed!) > Users, Cluster.Describe);
        Assert.Contains((await next.StatusAsync()).Warnings, warning => warning.Contains("configured differently", StringComparison.Ordinal));

        // The new one alone: the added destination has all since it began.
        await old.StopAsync();
        await EachUserAsync(gateway, "2");
        await HasAsync(_crm, 3 * Users);
        await HasAsync(_added, 2 * Users);
        Assert.All(_added.Arrivals, arrival => Assert.NotEqual("0", arrival.Payload));
        Assert.True(Count(_removed!) < 3 * Users);

        // Back again, and forward: neither has lost what waited for it meanwhile.
        old = await Cluster.StartAsync("router");
        await next.StopAsync();
        await EachUserAsync(gateway, "3");
        await HasAsync(_removed!, 4 * Users);
        await old.StopAsync();
        next = await Cluster.StartAsync("router", changed);
        await HasAsync(_added, 3 * Users);
        await HasAsync(_crm, 4 * Users);
        foreach (var receiver in new[] { _crm, _added, _removed! })
        {
            AssertOrder(receiver);
        }
    }

    private static int Count(WebhookReceiver receiver) => receiver.Arrivals.Select(arrival => arrival.Id).Distinct().Count();

    private async Task HasAsync(WebhookReceiver receiver, int count) =>
        await Eventually.TrueAsync($"{count} events have arrived", () => Count(receiver) == count, () => $"{Count(receiver)} have{Cluster.Describe()}");

    private static async Task EachUserAsync(PostriderServer gateway, string payload)
    {
        for (var user = 0; user < Users; user++)
        {
            await gateway.AcceptAsync($"user-{user}", payload);
        }
    }

    private static void AssertOrder(WebhookReceiver receiver)
    {
        foreach (var user in receiver.Arrivals.GroupBy(arrival => arrival.UserId))
        {
            var order = user.Select(arrival => int.Parse(arrival.Payload, CultureInfo.InvariantCulture)).Distinct().ToList();
            Assert.Equal(order.Order(), order);
        }
    }
}
