using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>P1, P2, P3, P6 and P7 across processes, from outside: gateways, routers and Redis are killed, frozen and restarted at random under load.</summary>
[Collection(RealServers.Name)]
public sealed class ClusterTortureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task P1P2P3P6P7_AnythingKilledOrFrozenAtRandom_NothingIsMissingOrOutOfOrderAndRepeatsAreFew()
    {
        var plan = TorturePlan.FromEnvironment();
        output.WriteLine($"{plan}; the same again: POSTRIDER_TORTURE_SEED={plan.Seed}");
        var steady = new TortureWebhook("steady", troubled: false);
        var troubled = new TortureWebhook("troubled", troubled: true);
        await using var steadyReceiver = await WebhookReceiver.StartAsync(steady.Take, keeps: false);
        await using var troubledReceiver = await WebhookReceiver.StartAsync(troubled.Take, keeps: false);
        await using var cluster = new ClusterHarness
        {
            Destinations = PostriderServer.Webhook("steady", steadyReceiver.Address)
                + PostriderServer.Webhook("troubled", troubledReceiver.Address, "timeout: 1s", "retry: { initial: 200ms, max: 1s }"),
            Log = ", retain: 0s",
        };
        await cluster.StartAsync();

        var run = new ClusterTortureRun(plan, cluster, [steady, troubled]);
        await run.PublishThroughFaultsAsync();
        await run.DeliverTheRestAsync();

        output.WriteLine(run.Summary);
        var violations = run.Judge();
        Assert.True(violations.Count == 0, $"{plan}\n{run.Summary}\n{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(30))}{cluster.Describe()}");
    }
}
