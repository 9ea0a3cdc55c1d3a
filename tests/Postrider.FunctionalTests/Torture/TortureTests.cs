using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Redis;

namespace Postrider.FunctionalTests.Torture;

/// <summary>P1, P2, P3, P6 and P7 at once, from outside: the real server under load, killed and reloaded at random moments, with a destination in all kinds of trouble.</summary>
[Collection(RealServers.Name)]
public sealed class TortureTests(ITestOutputHelper output)
{
    // The bound of memory that is promised for any backlog.
    private const long MostResidentBytes = 400L << 20;

    [Fact]
    public Task P1P2P3P6P7_KilledAtRandomUnderLoad_NothingIsMissingOrOutOfOrderAndRepeatsAreFew() => RunAsync(null);

    [Fact]
    public async Task P1P2P3P6P7_OnRedis_BothKilledAtRandomUnderLoad_NothingIsMissingOrOutOfOrderAndRepeatsAreFew()
    {
        await using var redis = new RedisProcess();
        await redis.StartAsync();
        await RunAsync(redis);
    }

    private async Task RunAsync(RedisProcess? redis)
    {
        var plan = TorturePlan.FromEnvironment();
        output.WriteLine($"{plan}; the same again: POSTRIDER_TORTURE_SEED={plan.Seed}");
        var steady = new TortureWebhook("steady", troubled: false);
        var troubled = new TortureWebhook("troubled", troubled: true);
        await using var steadyReceiver = await WebhookReceiver.StartAsync(steady.Take, keeps: false);
        await using var troubledReceiver = await WebhookReceiver.StartAsync(troubled.Take, keeps: false);
        steadyReceiver.Unheard = steady.Unheard;
        troubledReceiver.Unheard = troubled.Unheard;
        await using var server = new PostriderServer();
        using var machine = new MachineWatch();

        var run = new TortureRun(plan, server, steady, troubled, concurrency => Configure(steadyReceiver, troubledReceiver, concurrency, redis), machine, redis);
        await run.PublishAndKillAsync();
        await run.DeliverTheRestAsync();

        output.WriteLine(run.Summary);
        var violations = run.Judge(MostResidentBytes);
        Assert.True(violations.Count == 0, $"{violations.Count} violations, the first:\n{string.Join('\n', violations.Take(30))}\n{plan}\n{run.Summary}{server.Describe()}");
        await run.AssertDeadLettersAsync(troubled);
        await server.StopAsync();
    }

    // Small segments and no retention: files roll and are unlinked between the kills as well.
    private static string Configure(WebhookReceiver steady, WebhookReceiver troubled, int concurrency, RedisProcess? redis) => $$"""
        log: { {{(redis is null ? "segmentSize: 2MiB, minFreeDisk: 64MiB" : $"type: redis, connection: \"127.0.0.1:{redis.Port}\", durability: fsync, partitions: 4")}}, retain: 0s }
        destinations:
        {{PostriderServer.Webhook("steady", steady.Address, $"concurrency: {concurrency}")}}
        {{PostriderServer.Webhook("troubled", troubled.Address, "timeout: 5s", $"concurrency: {concurrency}", "retry: { initial: 200ms, max: 1s }")}}
        """;
}
