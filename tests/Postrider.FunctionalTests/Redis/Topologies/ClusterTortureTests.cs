using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;
using Postrider.Tests.Log.Redis.Topologies;

namespace Postrider.FunctionalTests.Redis.Topologies;

/// <summary>P1, P2, P3, P6 and P7 from outside, while masters of a Redis Cluster are killed and stand still, slots move, and a shard is lost and comes back.</summary>
[Collection(RealServers.Name)]
public sealed class ClusterTortureTests(ITestOutputHelper output)
{
    private const int Partitions = 8;

    [Fact]
    public async Task P1P2P3P6P7_MastersKilledSlotsMovedAShardLost_NothingIsMissingOrOutOfOrderAndRepeatsAreFew()
    {
        var plan = TorturePlan.FromEnvironment();
        output.WriteLine($"{plan}; the same again: POSTRIDER_TORTURE_SEED={plan.Seed}");
        await using var redis = new RedisClusterProcess(["--min-replicas-to-write", "1"]);
        await redis.StartAsync();
        var steady = new TortureWebhook("steady", troubled: false);
        var troubled = new TortureWebhook("troubled", troubled: true);
        await using var steadyReceiver = await WebhookReceiver.StartAsync(steady.Take, keeps: false);
        await using var troubledReceiver = await WebhookReceiver.StartAsync(troubled.Take, keeps: false);
        await using var run = new TopologyTortureRun(plan, string.Create(CultureInfo.InvariantCulture, $$"""
            log:
              type: redis
              connection: "{{redis.Connection}}"
              durability: fsync
              replicas: 1
              partitions: {{Partitions}}
              lease: 2s
              retain: 0s
            destinations:
            {{PostriderServer.Webhook("steady", steadyReceiver.Address)}}
            {{PostriderServer.Webhook("troubled", troubledReceiver.Address, "timeout: 1s", "retry: { initial: 200ms, max: 1s }")}}
            """), [steady, troubled]);

        var partition = 0;
        await run.PublishThroughAsync([
            ("master killed", () => KillAsync(redis, Next())),
            ("slot moved", () => MoveAsync(redis, Next())),
            ("shard lost", () => LoseAsync(redis, run, Next())),
            ("master frozen", () => FreezeAsync(redis, Next())),
        ]);
        await run.DeliverTheRestAsync();

        output.WriteLine(run.Summary);
        var violations = run.Judge();
        Assert.True(violations.Count == 0, $"{plan}\n{run.Summary}\n{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(30))}{run.Describe()}\n{redis.Describe()}");

        int Next() => redis.SlotOf(string.Create(CultureInfo.InvariantCulture, $"{{p{partition++ % Partitions}}}"));
    }

    private static async Task KillAsync(RedisClusterProcess redis, int slot)
    {
        var master = redis.MasterOf(slot)!;
        await master.KillAsync();
        await PromotedAsync(redis, slot, master);
        await master.StartAsync();
        await redis.HealthyAsync();
    }

    private static async Task FreezeAsync(RedisClusterProcess redis, int slot)
    {
        var master = redis.MasterOf(slot)!;
        var replica = redis.ReplicasOf(master).Single();
        master.Freeze();
        await RedisNode.UntilAsync("the replica is master", () => redis.IsMaster(replica), redis.Describe);
        master.Thaw();
        await redis.HealthyAsync();
    }

    private static async Task MoveAsync(RedisClusterProcess redis, int slot)
    {
        var from = redis.MasterOf(slot)!;
        var to = redis.Nodes.First(node => node != from && redis.IsMaster(node));

        // So slowly that every script meets it: some of the slot's keys here, some there.
        await redis.MoveSlotAsync(slot, to, () => Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken));
        await redis.HealthyAsync();
    }

    private static async Task LoseAsync(RedisClusterProcess redis, TopologyTortureRun run, int slot)
    {
        var master = redis.MasterOf(slot)!;
        var replica = redis.ReplicasOf(master).Single();
        await Task.WhenAll(master.KillAsync(), replica.KillAsync());
        await Eventually.GetAsync(
            "the status says which partitions are away, and stays ready", run.Server.StatusAsync,
            status => status is { Ready: true, Log.State: "partial" } && status.Log.Reason!.Contains($" of {Partitions} take", StringComparison.Ordinal), run.Describe);
        await Task.WhenAll(master.StartAsync(), replica.StartAsync());
        await redis.HealthyAsync();
    }

    private static Task PromotedAsync(RedisClusterProcess redis, int slot, RedisNode old) =>
        RedisNode.UntilAsync("another one serves the slot", () => redis.MasterOf(slot) is { } master && master != old, redis.Describe);
}
