using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>Processes on one Redis whose clocks differ by hours.</summary>
[Collection(RealServers.Name)]
public sealed class ClusterClockTests
{
    private const int Users = 40;

    [Fact]
    public async Task ClocksDiffer_RoutersAreKilledAndEventsRetried_EverythingIsDeliveredInOrderAndInTime()
    {
        await using var receiver = await WebhookReceiver.StartAsync();

        // Some users wait for a retry when the router that parked them dies; too few for the breaker.
        receiver.Answer = arrival => arrival.Payload == "1" && arrival.Attempt < 3 && int.Parse(arrival.UserId, CultureInfo.InvariantCulture) % 10 == 0 ? WebhookAnswer.Failing : WebhookAnswer.Ok;
        await using var cluster = new ClusterHarness
        {
            Destinations = PostriderServer.Webhook("crm", receiver.Address, "retry: { initial: 500ms, max: 2s }"),
            Log = ", retain: 0s",
        };
        await cluster.StartAsync();
        var (gateway, ahead, behind) = (cluster.Add("gateway"), cluster.Add("router"), cluster.Add("router"));
        FakeClock.Skew(gateway, 3);
        FakeClock.Skew(ahead, 1);
        FakeClock.Skew(behind, -1);
        await Task.WhenAll(gateway.StartAsync(), ahead.StartAsync(), behind.StartAsync());
        await ClusterHarness.WaitUntilSharedAsync(ahead, behind);
        await PublishAsync(gateway, "0");
        await ArriveAsync(Users);

        await PublishAsync(gateway, "1");
        await ahead.KillAsync();
        await PublishAsync(gateway, "2");
        await behind.WaitUntilSettledAsync("crm");
        await ahead.StartAsync();
        await ClusterHarness.WaitUntilSharedAsync(ahead, behind);
        await behind.KillAsync();
        await PublishAsync(gateway, "3");
        await ArriveAsync(4 * Users);
        var status = await ahead.WaitUntilSettledAsync("crm");

        Assert.Equal(0, status.DeadLetters);
        foreach (var user in receiver.Arrivals.GroupBy(arrival => arrival.UserId))
        {
            Assert.Equal(["0", "1", "2", "3"], user.Select(arrival => arrival.Payload).Distinct());
        }

        // What was stored says so by one clock.
        var now = TimeProvider.System.GetUtcNow();
        foreach (var member in (await ahead.StatusAsync()).Members)
        {
            Assert.InRange(member.StartedAt, now - TimeSpan.FromMinutes(10), now + TimeSpan.FromMinutes(10));
        }

        async Task ArriveAsync(int count) =>
            await Eventually.TrueAsync($"{count} events have arrived", () => receiver.Arrivals.Select(arrival => arrival.Id).Distinct().Count() >= count, cluster.Describe);
    }

    private static async Task PublishAsync(PostriderServer gateway, string payload)
    {
        for (var user = 0; user < Users; user++)
        {
            await gateway.AcceptAsync($"{user}", payload);
        }
    }
}
