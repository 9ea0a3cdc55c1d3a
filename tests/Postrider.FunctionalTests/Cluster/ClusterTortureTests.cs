using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>
/// P1, P2, P3, P6 and P7 across processes, from outside: gateways, routers and Redis are killed, frozen, cut off and restarted at random under load,
/// with two webhooks and a MongoDB server whose documents are those of keys.
/// </summary>
[Collection(RealServers.Name)]
public sealed class ClusterTortureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task P1P2P3P6P7_AnythingKilledFrozenOrCutOffAtRandom_NothingIsMissingOrOutOfOrderAndRepeatsAreFew()
    {
        var plan = TorturePlan.FromEnvironment();
        output.WriteLine($"{plan}; the same again: POSTRIDER_TORTURE_SEED={plan.Seed}");
        using var machine = new MachineWatch();
        await using var site = await ClusterSite.StartAsync();

        var run = new ClusterTortureRun(plan, site, machine);
        await run.PublishWhileAsync(run.FailAtRandomAsync);
        await JudgeAsync(run, plan, site);
    }

    /// <summary>Opt-in, because a build cannot build its own past: CONTRIBUTING.md says how.</summary>
    [Fact]
    public async Task RollingUpgrade_FromAnOlderBuildAndBackUnderLoad_NothingIsMissingOrOutOfOrderAndRepeatsAreFew()
    {
        var old = Environment.GetEnvironmentVariable("POSTRIDER_TEST_OLD_SERVER");
        Assert.SkipWhen(string.IsNullOrEmpty(old), "POSTRIDER_TEST_OLD_SERVER names no older build.");
        var plan = TorturePlan.FromEnvironment();
        using var machine = new MachineWatch();
        await using var site = await ClusterSite.StartAsync();
        foreach (var server in site.Gateways.Concat(site.Routers))
        {
            server.Executable = old;
        }

        var run = new ClusterTortureRun(plan, site, machine);
        await run.PublishWhileAsync(async () =>
        {
            await run.ReplaceAllAsync(null);
            await run.ReplaceAllAsync(old);
            await run.ReplaceAllAsync(null);
        });
        await JudgeAsync(run, plan, site);
    }

    private async Task JudgeAsync(ClusterTortureRun run, TorturePlan plan, ClusterSite site)
    {
        await run.DeliverTheRestAsync();
        var violations = run.Judge();
        output.WriteLine(run.Summary);
        Assert.True(violations.Count == 0, $"{plan}\n{run.Summary}\n{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(30))}{site.Cluster.Describe()}");
    }
}
