using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Scenarios;

/// <summary>How fast do events go all the way to two signed webhooks, from the first request to the last arrival?</summary>
internal static class EndToEndScenario
{
    private const long DefaultEvents = 400_000;
    private const long WarmUpEvents = 20_000;
    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var events = options.Events > 0 ? options.Events : DefaultEvents;
        Print.Title($"end-to-end: {events:N0} events to two signed webhooks, {options.Connections} connections, {options.Runs} runs");
        var rates = new List<double>();
        var cpu = new List<double>();
        var redis = new List<double>();
        var ratios = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var (bare, bareUse) = await Yardstick.KestrelAsync(bench, LoadPlan.FlatOut(options.Duration), cancellationToken);
            PublishScenario.Report("bare Kestrel", run, bare, bareUse);
            var invoker = await Yardstick.InvokerAsync(bench, 64, cancellationToken);
            Print.Line($"run {run} bare invoker {Print.Rate(invoker.PerSecond),8}  p50 {Print.Milliseconds(invoker.P50)}, p99 {Print.Milliseconds(invoker.P99)}  CPU {Print.Microseconds(invoker.Microseconds)}");

            // What one machine could do that only received each event once and sent it twice.
            var ideal = 1 / ((1 / bare.PerSecond) + (2 / invoker.PerSecond));
            var (rate, micros, beside) = await MeasureAsync(bench, run, events, cancellationToken);
            Print.Line($"      {Print.Percent(rate / ideal)} of {Print.Rate(ideal)}, the two yardsticks one after the other (one receive, two sends)");
            rates.Add(rate);
            cpu.Add(micros);
            redis.Add(beside);
            ratios.Add(rate / ideal);
        }

        Print.Line($"=> median {Print.Spread(Median.Of(rates), Print.Rate)} end to end (target: at least {(options.Log == LogKind.Redis ? "15,000/s" : "18,000/s")}), CPU {Print.Spread(Median.Of(cpu), Print.Microseconds)} an event{(options.Log == LogKind.Redis ? "" : " (target: at most 60)")}{Print.OfRedis(options, redis)}; "
            + $"{Print.Spread(Median.Of(ratios), Print.Percent)} of the yardsticks");
    }

    private static async Task<(double Rate, double Microseconds, double OfRedis)> MeasureAsync(Bench bench, int run, long events, CancellationToken cancellationToken)
    {
        await using var rig = await Rig.StartAsync(bench, receivers: 2, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(WarmUpEvents, PublishLimit), cancellationToken);
        await DrainAsync(rig, cancellationToken);
        await rig.OpenWindowAsync(PublishLimit);
        var before = rig.Sample();
        var published = await rig.PublishAsync(LoadPlan.FlatOut(events, PublishLimit), cancellationToken);
        await DrainAsync(rig, cancellationToken);
        var use = rig.Sample().Since(before);

        var last = rig.Sink.Receivers.Max(receiver => receiver.LastArrival);
        var rate = published.Accepted / ((last - published.Start) / 1e9);
        var micros = use.MicrosecondsPer(published.Accepted);
        var arrival = await rig.Sink.AskAsync(() => Print.Latency(rig.Sink.Receivers[0].Latency));
        PublishScenario.Report("answers", run, published, use);
        Print.Line($"run {run} arrivals     {Print.Rate(rate),10}  {arrival}  CPU {Print.Cpu(use, published.Accepted)}  memory at most {rig.Server.MemoryMebibytes("VmHWM"):F0} MiB");
        for (var i = 0; i < rig.Sink.Receivers.Count; i++)
        {
            Print.Line("      " + await rig.CheckAsync(i));
        }

        return (rate, micros, use.BesideMicrosecondsPer(published.Accepted));
    }

    private static async Task DrainAsync(Rig rig, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rig.Sink.Receivers.Count; i++)
        {
            await rig.DrainAsync(i, TimeSpan.FromMinutes(2), cancellationToken);
        }
    }
}
