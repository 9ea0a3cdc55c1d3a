using System.Diagnostics;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>Millions of events wait for a destination that is down: what do they cost in memory, at a restart, and when it comes back?</summary>
internal static class BacklogScenario
{
    private const long DefaultEvents = 2_000_000;
    private const double DefaultRate = 5000;
    private const int SlicesBefore = 3;
    private const int SlicesWithoutProgress = 6;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(15);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var events = options.Events > 0 ? options.Events : DefaultEvents;
        var rate = options.Rate > 0 ? options.Rate : DefaultRate;
        Print.Title($"backlog: {events:N0} events for webhook2, which is down; then a restart; then it comes back, at {Print.Rate(rate)} open loop");
        await using var rig = await Rig.StartAsync(bench, receivers: 2, cancellationToken);
        await rig.Sink.SetModeAsync(1, bench.Options.AnswersDown ? ReceiverMode.Unavailable : ReceiverMode.Down);

        await FillAsync(rig, events, cancellationToken);
        await RestartAsync(rig, options.StopOrderly, cancellationToken);
        await rig.PublishAsync(LoadPlan.Paced(rate, options.WarmUp), cancellationToken);
        var before = new List<double>();
        for (var slice = 0; slice < SlicesBefore; slice++)
        {
            before.Add(await MeasureHealthyAsync(rig, "while webhook2 is down", rate, cancellationToken));
        }

        await DrainAsync(rig, rate, Median.Of(before), cancellationToken);
    }

    private static async Task FillAsync(Rig rig, long events, CancellationToken cancellationToken)
    {
        var sample = rig.Sample();
        var published = await rig.PublishAsync(LoadPlan.FlatOut(events, PublishLimit), cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromMinutes(5), cancellationToken);
        PublishScenario.Report("filling", 1, published, rig.Sample().Since(sample));
        Print.Line("      " + await rig.CheckAsync(0));
        Print.Line($"=> memory with a backlog of {published.Accepted:N0}: at most {rig.Server.MemoryMebibytes("VmHWM"):F0} MiB, now {rig.Server.MemoryMebibytes("VmRSS"):F0} MiB (target: under 400)");
    }

    private static async Task RestartAsync(Rig rig, bool orderly, CancellationToken cancellationToken)
    {
        var stopping = Stopwatch.GetTimestamp();
        await rig.Server.StopAsync(orderly);
        var stopped = Stopwatch.GetElapsedTime(stopping);
        var ready = await rig.Server.StartAsync(cancellationToken);
        Print.Line($"=> {(orderly ? "orderly stop" : "kill -9")} took {stopped.TotalSeconds:F2} s; restart to ready {ready.TotalSeconds:F2} s (target: under 2)");
    }

    /// <summary>A slice of the load that goes on: webhook1's p99, in nanoseconds.</summary>
    private static async Task<double> MeasureHealthyAsync(Rig rig, string when, double rate, CancellationToken cancellationToken)
    {
        await rig.OpenWindowAsync(Slice);
        var sample = rig.Sample();
        var published = await rig.PublishAsync(LoadPlan.Paced(rate, Slice), cancellationToken);
        await rig.DrainAsync(0, TimeSpan.FromSeconds(30), cancellationToken);
        var use = rig.Sample().Since(sample);
        var latency = await rig.Sink.AskAsync(() => rig.Sink.Receivers[0].Latency);
        Print.Line($"webhook1 {when}: {Print.Latency(latency)}  answers {Print.Latency(published.Latency)}  {Print.Noise(use)}{published.Complaint}");
        return latency.Quantile(0.99);
    }

    // The load goes on in slices, because nobody knows beforehand how long the backlog takes.
    private static async Task DrainAsync(Rig rig, double rate, Median before, CancellationToken cancellationToken)
    {
        var far = rig.Sink.Receivers[1];
        var tails = new List<double>();
        var behind = rig.Generator.AcceptedCount - far.Distinct;
        var arrivedBefore = far.Distinct;
        var start = Stopwatch.GetTimestamp();
        await rig.Sink.SetModeAsync(1, ReceiverMode.Up);
        for (var idle = 0; idle < SlicesWithoutProgress && Stopwatch.GetElapsedTime(start) < DrainLimit;)
        {
            var left = rig.Generator.AcceptedCount - far.Distinct;
            if (left < rate)
            {
                break;
            }

            var arrived = far.Distinct;
            tails.Add(await MeasureHealthyAsync(rig, $"with {left:N0} to drain", rate, cancellationToken) / before.Middle);
            idle = far.Distinct == arrived ? idle + 1 : 0;
        }

        var isDrained = await rig.DrainAsync(1, TimeSpan.FromSeconds(30), cancellationToken);
        var took = Math.Max(1e-3, (far.LastArrival - start) / 1e9);
        Print.Line("      " + await rig.CheckAsync(0));
        Print.Line("      " + await rig.CheckAsync(1));
        Print.Line($"=> backlog of {behind:N0} {(isDrained ? "drained" : "NOT drained")} in {took:F0} s ({Print.Rate((far.Distinct - arrivedBefore) / took)} arrivals there) beside {Print.Rate(rate)} of new events; memory at most {rig.Server.MemoryMebibytes("VmHWM"):F0} MiB");
        if (tails.Count > 0)
        {
            Print.Line($"=> webhook1's p99 while it drains: {Print.Spread(Median.Of(tails), Print.Percent)} of before (median of {tails.Count} slices of 10 s; target: within 20 %)");
        }
    }
}
