using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;
using Postrider.Tests.Log.Redis.Topologies;

namespace Postrider.FunctionalTests.Redis.Topologies;

/// <summary>P1, P2, P3, P6 and P7 from outside, while the master is killed, stands still and is replaced without a fault, and Sentinels make another one master.</summary>
[Collection(RealServers.Name)]
public sealed class SentinelTortureTests(ITestOutputHelper output)
{
    private static readonly TimeSpan AsMaster = TimeSpan.FromSeconds(2);

    // All replicas are waited for: an ordered failover leaves the old master, with the replica that was not chosen, some time to accept what is lost then.
    [Fact]
    public async Task P1P2P3P6P7_MastersKilledFrozenAndReplaced_NothingIsMissingOrOutOfOrderAndRepeatsAreFew()
    {
        var plan = TorturePlan.FromEnvironment();
        output.WriteLine($"{plan}; the same again: POSTRIDER_TORTURE_SEED={plan.Seed}");
        await using var redis = new RedisSentinelProcess(["--min-replicas-to-write", "1"]);
        await redis.StartAsync();
        var steady = new TortureWebhook("steady", troubled: false);
        var troubled = new TortureWebhook("troubled", troubled: true);
        await using var steadyReceiver = await WebhookReceiver.StartAsync(steady.Take, keeps: false);
        await using var troubledReceiver = await WebhookReceiver.StartAsync(troubled.Take, keeps: false);
        await using var run = new TopologyTortureRun(plan, $$"""
            log:
              type: redis
              connection: "{{redis.Connection}}"
              sentinel: {{RedisSentinelProcess.Name}}
              sentinelPassword: {{RedisSentinelProcess.Password}}
              durability: fsync
              replicas: 2
              partitions: 8
              lease: 2s
              retain: 0s
            destinations:
            {{PostriderServer.Webhook("steady", steadyReceiver.Address)}}
            {{PostriderServer.Webhook("troubled", troubledReceiver.Address, "timeout: 1s", "retry: { initial: 200ms, max: 1s }")}}
            """, [steady, troubled]);

        await run.PublishThroughAsync([
            ("master killed", () => KillAsync(redis)),
            ("master frozen", () => FreezeAsync(redis)),
            ("master replaced in order", () => ReplaceAsync(redis)),
        ]);
        await run.DeliverTheRestAsync();

        output.WriteLine(run.Summary);
        var violations = run.Judge();
        Assert.True(violations.Count == 0, $"{plan}\n{run.Summary}\n{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(30))}{run.Describe()}\n{redis.Describe()}");
    }

    private static async Task KillAsync(RedisSentinelProcess redis)
    {
        var master = redis.Master;
        await master.KillAsync();
        await redis.FailedOverAsync(master);
        await master.StartAsync();
        redis.Demote(master);
        await redis.HealthyAsync();
    }

    // It wakes as the master that it was, for a while; the Sentinels would take ten seconds to tell it.
    private static async Task FreezeAsync(RedisSentinelProcess redis)
    {
        var master = redis.Master;
        master.Freeze();
        await redis.FailedOverAsync(master);
        master.Thaw();
        await Task.Delay(AsMaster, TimeProvider.System, TestContext.Current.CancellationToken);
        redis.Demote(master);
        await redis.HealthyAsync();
    }

    // No connection breaks: the old one turns into a replica where it stands.
    private static async Task ReplaceAsync(RedisSentinelProcess redis)
    {
        var master = redis.Master;
        await RedisNode.UntilAsync("the Sentinels take the order", () => redis.Sentinels[0].Ask("SENTINEL", "FAILOVER", RedisSentinelProcess.Name) == "OK", redis.Describe);
        await redis.FailedOverAsync(master);
        redis.Demote(master);
        await redis.HealthyAsync();
    }
}
