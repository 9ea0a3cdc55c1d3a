using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Scenarios;

/// <summary>How fast are events accepted, each synced before its answer, when nobody wants them?</summary>
internal static class PublishScenario
{
    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        Print.Title($"publish: no destination, {options.Connections} connections, closed loop, {options.Duration.TotalSeconds:F0} s, {options.Runs} runs");
        var ratios = new List<double>();
        var rates = new List<double>();
        var cpu = new List<double>();
        var redis = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var plan = LoadPlan.FlatOut(options.Duration);
            var (bare, bareUse) = await Yardstick.KestrelAsync(bench, plan, cancellationToken);
            Report("bare Kestrel", run, bare, bareUse);

            await using var rig = await Rig.StartAsync(bench, receivers: 0, cancellationToken);
            await rig.PublishAsync(LoadPlan.FlatOut(options.WarmUp), cancellationToken);
            var before = rig.Sample();
            var ours = await rig.PublishAsync(plan, cancellationToken);
            var use = rig.Sample().Since(before);
            Report("Postrider", run, ours, use);
            ratios.Add(ours.PerSecond / bare.PerSecond);
            rates.Add(ours.PerSecond);
            cpu.Add(use.MicrosecondsPer(ours.Accepted));
            redis.Add(use.BesideMicrosecondsPer(ours.Accepted));
        }

        Print.Line($"=> median {Print.Spread(Median.Of(rates), Print.Rate)}, CPU {Print.Spread(Median.Of(cpu), Print.Microseconds)} an event{Print.OfRedis(bench.Options, redis)}; "
            + $"{Print.Spread(Median.Of(ratios), Print.Percent)} of the bare Kestrel endpoint (target: at least {Print.Percent(TargetOf(options))})");
    }

    private static double TargetOf(LoadOptions options) => options.Log switch
    {
        LogKind.Embedded => 0.65,
        _ => RedisScenario.TargetOf(options.Durability),
    };

    internal static void Report(string what, int run, LoadResult result, MachineUse use) =>
        Print.Line($"run {run} {what,-12} {Print.Rate(result.PerSecond),10}  {Print.Latency(result.Latency)}  CPU {Print.Cpu(use, result.Accepted)}  {Print.Noise(use)}{result.Complaint}");
}
