using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>What does a sick destination cost its healthy neighbour? Pairs of runs, with and without, in turn.</summary>
internal static class IsolationScenario
{
    private const double DefaultRate = 5000;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var down = bench.Options.AnswersDown ? ReceiverMode.Unavailable : ReceiverMode.Down;
        await RunPairsAsync(bench, down, "down for the whole run", cancellationToken);
        await RunPairsAsync(bench, ReceiverMode.FailSome, "answering 500 to 1 % of its users", cancellationToken);
        await RunPairsAsync(bench, ReceiverMode.HangSome, "hanging to the timeout (2 s) for 1 % of its users", cancellationToken);
    }

    private static async Task RunPairsAsync(Bench bench, ReceiverMode sick, string description, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var rate = options.Rate > 0 ? options.Rate : DefaultRate;
        Print.Title($"isolation: webhook2 {description}; {Print.Rate(rate)} open loop, {options.Duration.TotalSeconds:F0} s, {options.Pairs} pairs");
        var throughput = new List<double>();
        var tail = new List<double>();
        for (var pair = 1; pair <= options.Pairs; pair++)
        {
            // Each order as often as the other: what came first must not win by that.
            var healthyFirst = pair % 2 == 1;
            var first = await MeasureAsync(bench, pair, healthyFirst ? ReceiverMode.Up : sick, rate, cancellationToken);
            var second = await MeasureAsync(bench, pair, healthyFirst ? sick : ReceiverMode.Up, rate, cancellationToken);
            var (healthy, disturbed) = healthyFirst ? (first, second) : (second, first);
            throughput.Add(disturbed.Throughput / healthy.Throughput);
            tail.Add((double)disturbed.P99 / healthy.P99);
            Print.Line($"pair {pair}: throughput {Print.Percent(throughput[^1])}, p99 {Print.Percent(tail[^1])} of the run without");
        }

        Print.Line($"=> webhook1 beside a webhook2 {description}: throughput {Print.Spread(Median.Of(throughput), Print.Percent)}, "
            + $"p99 {Print.Spread(Median.Of(tail), Print.Percent)} of without (target: within 5 %)");
    }

    private static async Task<(double Throughput, long P99)> MeasureAsync(Bench bench, int pair, ReceiverMode mode, double rate, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        await using var rig = await Rig.StartAsync(bench, receivers: 2, cancellationToken);
        await rig.Sink.SetModeAsync(1, mode);
        await rig.PublishAsync(LoadPlan.Paced(rate, options.WarmUp), cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(10), cancellationToken);

        await rig.OpenWindowAsync(options.Duration);
        var before = rig.Sample();
        var published = await rig.PublishAsync(LoadPlan.Paced(rate, options.Duration), cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(10), cancellationToken);
        var use = rig.Sample().Since(before);
        var (latency, arrived) = await rig.Sink.AskAsync(() => (rig.Sink.Receivers[0].Latency, rig.Sink.Receivers[0].ArrivedInWindow));
        var throughput = arrived / options.Duration.TotalSeconds;
        Print.Line($"pair {pair} webhook2 {mode,-11} webhook1 {Print.Rate(throughput)}  {Print.Latency(latency)}  answers {Print.Latency(published.Latency)}  CPU {Print.Microseconds(use.MicrosecondsPer(published.Accepted))}  {Print.Noise(use)}{published.Complaint}");
        Print.Line("      " + await rig.CheckAsync(0));
        Print.Line("      " + await rig.CheckAsync(1, withSick: false, mustBeComplete: false));
        return (throughput, latency.Quantile(0.99));
    }
}
