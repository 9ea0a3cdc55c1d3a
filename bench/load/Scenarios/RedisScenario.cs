using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Scenarios;

/// <summary>What does a log in Redis take: events accepted with each durability, Redis' own CPU with one destination and with five, and idling.</summary>
internal static class RedisScenario
{
    private const double Rate = 5000;
    private const double LowRate = 100;

    // The runtime goes on compiling what was hot for some seconds.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(15);

    /// <summary>The part of the bare Kestrel endpoint's rate that should be reached.</summary>
    public static double TargetOf(RedisDurability durability) => durability == RedisDurability.Fsync ? 0.45 : 0.60;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await PublishAsync(bench, cancellationToken);
        await CostAsync(bench, cancellationToken);
        await LowLoadAsync(bench, cancellationToken);
        await IdleAsync(bench, cancellationToken);
    }

    private static async Task PublishAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        Print.Title($"redis: no destination, {options.Connections} connections, closed loop, {options.Duration.TotalSeconds:F0} s, {options.Runs} runs");
        RedisDurability[] durabilities = [RedisDurability.EverySec, RedisDurability.Fsync];
        var ratios = durabilities.ToDictionary(each => each, _ => new List<double>());
        var rates = durabilities.ToDictionary(each => each, _ => new List<double>());
        for (var run = 1; run <= options.Runs; run++)
        {
            var plan = LoadPlan.FlatOut(options.Duration);
            var (bare, bareUse) = await Yardstick.KestrelAsync(bench, plan, cancellationToken);
            PublishScenario.Report("bare Kestrel", run, bare, bareUse);
            foreach (var durability in durabilities)
            {
                await using var rig = await Rig.StartAsync(bench, RigPlan.Webhooks(options, 0) with { Redis = durability }, cancellationToken);
                await rig.PublishAsync(LoadPlan.FlatOut(options.WarmUp), cancellationToken);
                var before = rig.Sample();
                var ours = await rig.PublishAsync(plan, cancellationToken);
                PublishScenario.Report(Name(durability), run, ours, rig.Sample().Since(before));
                rates[durability].Add(ours.PerSecond);
                ratios[durability].Add(ours.PerSecond / bare.PerSecond);
            }
        }

        foreach (var durability in durabilities)
        {
            Print.Line($"=> {Name(durability)}: median {Print.Spread(Median.Of(rates[durability]), Print.Rate)} accepted, "
                + $"{Print.Spread(Median.Of(ratios[durability]), Print.Percent)} of the bare Kestrel endpoint (target: at least {Print.Percent(TargetOf(durability))})");
        }
    }

    private static async Task CostAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        Print.Title($"redis: {Print.Rate(Rate)} open loop to one webhook and to five, everysec, {options.Duration.TotalSeconds:F0} s, {options.Runs} pairs");
        var ratios = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var one = await CostAsync(bench, run, 1, cancellationToken);
            var five = await CostAsync(bench, run, 5, cancellationToken);
            ratios.Add(five / one);
        }

        Print.Line($"=> CPU of Redis an event with five destinations {Print.Spread(Median.Of(ratios), value => $"{value:F2}×")} of that with one (target: at most 1.6×)");
    }

    private static async Task<double> CostAsync(Bench bench, int run, int receivers, CancellationToken cancellationToken)
    {
        var plan = LoadPlan.Paced(Rate, bench.Options.Duration);
        await using var rig = await Rig.StartAsync(bench, RigPlan.Webhooks(bench.Options, receivers) with { Redis = RedisDurability.EverySec }, cancellationToken);
        await rig.PublishAsync(LoadPlan.Paced(Rate, bench.Options.WarmUp), cancellationToken);
        var before = rig.Sample();
        var result = await rig.PublishAsync(plan, cancellationToken);
        for (var i = 0; i < receivers; i++)
        {
            await rig.DrainAsync(i, TimeSpan.FromSeconds(60), cancellationToken);
        }

        var use = rig.Sample().Since(before);
        PublishScenario.Report($"{receivers} webhook{(receivers == 1 ? "" : "s")}", run, result, use);
        for (var i = 0; i < receivers; i++)
        {
            Print.Line("      " + await rig.CheckAsync(i));
        }

        return use.BesideMicrosecondsPer(result.Accepted);
    }

    private static async Task LowLoadAsync(Bench bench, CancellationToken cancellationToken)
    {
        Print.Title($"redis: {Print.Rate(LowRate)} open loop to one webhook, everysec, {bench.Options.Duration.TotalSeconds:F0} s");
        var plan = LoadPlan.Paced(LowRate, bench.Options.Duration);
        await using var rig = await Rig.StartAsync(bench, RigPlan.Webhooks(bench.Options, 1) with { Redis = RedisDurability.EverySec }, cancellationToken);
        await rig.PublishAsync(LoadPlan.Paced(LowRate, bench.Options.WarmUp), cancellationToken);
        await rig.OpenWindowAsync(plan.Duration);
        await rig.PublishAsync(plan, cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(10), cancellationToken);
        var arrival = await rig.Sink.AskAsync(() => rig.Sink.Receivers[0].Latency);
        Print.Line($"=> from request to arrival {Print.Latency(arrival)} (target: p50 under 5 ms)");
    }

    private static async Task IdleAsync(Bench bench, CancellationToken cancellationToken)
    {
        Print.Title("redis: idle, 16 partitions and two webhooks, after 10,000 events");
        await using var rig = await Rig.StartAsync(bench, RigPlan.Webhooks(bench.Options, 2) with { Redis = RedisDurability.EverySec }, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(10_000, TimeSpan.FromMinutes(1)), cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(30), cancellationToken);
        await rig.DrainAsync(1, TimeSpan.FromSeconds(30), cancellationToken);
        await Task.Delay(Settle, TimeProvider.System, cancellationToken);

        var commands = await rig.Redis!.CountCommandsAsync(cancellationToken);
        var before = rig.Sample();
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, cancellationToken);
        var use = rig.Sample().Since(before);
        commands = await rig.Redis.CountCommandsAsync(cancellationToken) - commands;
        Print.Line($"=> {commands / use.Elapsed.TotalSeconds:F1} commands a second (target: at most 50); "
            + $"server {Print.Percent(use.Measured / use.Elapsed)}, Redis {Print.Percent(use.Beside / use.Elapsed)} of a core (target: under 2 % together)  {Print.Noise(use)}");
    }

    private static string Name(RedisDurability durability) => durability == RedisDurability.Fsync ? "fsync" : "everysec";
}
