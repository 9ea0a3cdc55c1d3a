using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Scenarios;

/// <summary>How long do an answer and an arrival take at a steady rate with headroom?</summary>
internal static class LatencyScenario
{
    private const double DefaultRate = 2000;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var rate = options.Rate > 0 ? options.Rate : DefaultRate;
        Print.Title($"latency: {Print.Rate(rate)} open loop to two webhooks, {options.Duration.TotalSeconds:F0} s, {options.Runs} runs");
        var answers = new List<double>();
        var arrivals = new List<double>();
        var ratios = new List<double>();
        var redis = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var plan = LoadPlan.Paced(rate, options.Duration);
            var (bare, bareUse) = await Yardstick.KestrelAsync(bench, plan, cancellationToken);
            PublishScenario.Report("bare Kestrel", run, bare, bareUse);
            var invoker = await Yardstick.InvokerAsync(bench, 1, cancellationToken);
            Print.Line($"run {run} bare invoker {Print.Rate(invoker.PerSecond),8}  p50 {Print.Milliseconds(invoker.P50)}, p99 {Print.Milliseconds(invoker.P99)}  (one in flight)");

            var (answer, arrival, beside) = await MeasureAsync(bench, run, plan, cancellationToken);
            answers.Add(answer.Quantile(0.99));
            redis.Add(beside);
            arrivals.Add(arrival.Quantile(0.99));
            ratios.Add((double)answer.Quantile(0.99) / bare.Latency.Quantile(0.99));
        }

        static string Write(double nanoseconds) => Print.Milliseconds((long)nanoseconds);
        Print.Line($"=> median p99: answer {Print.Spread(Median.Of(answers), Write)} (target: under 5 ms), {Print.Spread(Median.Of(ratios), value => $"{value:F1}×")} of bare Kestrel's; "
            + $"arrival {Print.Spread(Median.Of(arrivals), Write)} (target: under 20 ms){Print.OfRedis(options, redis)}");
    }

    private static async Task<(Histogram Answer, Histogram Arrival, double OfRedis)> MeasureAsync(Bench bench, int run, LoadPlan plan, CancellationToken cancellationToken)
    {
        await using var rig = await Rig.StartAsync(bench, receivers: 2, cancellationToken);
        await rig.PublishAsync(LoadPlan.Paced(plan.Rate, bench.Options.WarmUp), cancellationToken);
        await rig.OpenWindowAsync(plan.Duration);
        var before = rig.Sample();
        var result = await rig.PublishAsync(plan, cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(10), cancellationToken);
        await rig.DrainAsync(1, TimeSpan.FromSeconds(10), cancellationToken);
        var use = rig.Sample().Since(before);
        PublishScenario.Report("answers", run, result, use);

        var arrivals = await rig.Sink.AskAsync(() => rig.Sink.Receivers.Select(receiver => receiver.Latency).ToArray());
        for (var i = 0; i < arrivals.Length; i++)
        {
            Print.Line($"run {run} at webhook{i + 1}              {Print.Latency(arrivals[i])}");
            Print.Line("      " + await rig.CheckAsync(i));
        }

        return (result.Latency, arrivals.MaxBy(each => each.Quantile(0.99))!, use.BesideMicrosecondsPer(result.Accepted));
    }
}
