using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Scenarios;

/// <summary>How fast are Segment's batches taken apart, checked for repeats and accepted, each synced before its answer, when nobody wants them?</summary>
internal static class BatchScenario
{
    private const int Events = 500;
    private const string WriteKey = "wk_load";

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        Print.Title($"batch: {Events} events of {options.BodyBytes} bytes a request, no destination, {options.BatchConnections} connections, closed loop, {options.Duration.TotalSeconds:F0} s, {options.Runs} runs");
        var rates = new List<double>();
        var cpu = new List<double>();
        var parseCpu = new List<double>();
        var ratios = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var plan = LoadPlan.FlatOut(options.Duration);
            var (bare, bareUse) = await Yardstick.ParseAsync(
                bench, plan, port => new Generator(port, options.BatchConnections, options.Users, Requests(options)), cancellationToken);
            Report("parse only", run, bare, bareUse);
            var (ours, use) = await MeasureAsync(bench, plan, cancellationToken);
            Report("Postrider", run, ours, use);
            rates.Add(ours.PerSecond * Events);
            cpu.Add(use.MicrosecondsPer(ours.Accepted * Events));
            parseCpu.Add(bareUse.MicrosecondsPer(bare.Accepted * Events));
            ratios.Add(ours.PerSecond / bare.PerSecond);
        }

        Print.Line($"=> median {Print.Spread(Median.Of(rates), Print.Rate)} accepted (target: at least 150,000/s), CPU {Print.Spread(Median.Of(cpu), Print.Nanoseconds)} an event, "
            + $"parse only {Print.Spread(Median.Of(parseCpu), Print.Nanoseconds)}; {Print.Spread(Median.Of(ratios), Print.Percent)} of its rate");
    }

    private static Func<int, IRequestTemplate> Requests(LoadOptions options) =>
        port => new BatchTemplate(port, WriteKey, Events, options.BodyBytes, TimeProvider.System.GetUtcNow());

    private static async Task<(LoadResult Result, MachineUse Use)> MeasureAsync(Bench bench, LoadPlan plan, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var world = new RigPlan(0, options.BatchConnections, options.Users, Requests(options), _ => $"sources: {"{"} app: {"{"} writeKey: {WriteKey} {"}"} {"}"}");
        await using var rig = await Rig.StartAsync(bench, world, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(options.WarmUp), cancellationToken);
        var before = rig.Sample();
        var result = await rig.PublishAsync(plan, cancellationToken);
        var use = rig.Sample().Since(before);

        // A batch is answered 200 also when some of its events were repeats or refused. A connection that broke may have stored more.
        var stored = await rig.Server.CountStoredAsync(cancellationToken);
        var accepted = rig.Generator.AcceptedCount * Events;
        if (stored < accepted || (stored > accepted && result.Complaint.Length == 0))
        {
            bench.Violations.Add($"{accepted:N0} events of batches were accepted and {stored:N0} stored");
        }

        return (result, use);
    }

    private static void Report(string what, int run, LoadResult result, MachineUse use)
    {
        var events = result.Accepted * Events;
        Print.Line($"run {run} {what,-12} {Print.Rate(events / result.Seconds),10}  a batch {Print.Latency(result.Latency)}  CPU {Print.Nanoseconds(use.MicrosecondsPer(events))}  {Print.Noise(use)}{result.Complaint}");
    }
}
