using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>What do a thousand destinations cost, of which each event goes to one?</summary>
/// <remarks>
/// Source i is connected to destination i, and a user's events come from one source. Both sides of a pair have the same users, connections and
/// requests; only the number of sources and destinations differs. All destinations are addresses of one receiver, which checks that each event came to its own.
/// </remarks>
internal static class RoutesScenario
{
    private const int Few = 10;
    private const int Many = 1000;
    private const long WarmUpEvents = 20_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        Print.Title($"routes: each event to one of {Few} and of {Many:N0} signed webhooks, {options.Connections} connections, closed loop, {options.Duration.TotalSeconds:F0} s, {options.Runs} pairs");
        var few = new List<double>();
        var many = new List<double>();
        var ratios = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            // The order alternates, so that a machine that grows slower favours neither.
            var fewFirst = run % 2 == 1;
            var first = await MeasureAsync(bench, run, fewFirst ? Few : Many, cancellationToken);
            var second = await MeasureAsync(bench, run, fewFirst ? Many : Few, cancellationToken);
            few.Add(fewFirst ? first : second);
            many.Add(fewFirst ? second : first);
            ratios.Add(many[^1] / few[^1]);
        }

        Print.Line($"=> median {Print.Spread(Median.Of(many), Print.Rate)} delivered with {Many:N0}, {Print.Spread(Median.Of(few), Print.Rate)} with {Few}; "
            + $"{Print.Spread(Median.Of(ratios), Print.Percent)} of it, pair by pair (target: at least 80 %)");
    }

    private static async Task<double> MeasureAsync(Bench bench, int run, int destinations, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var world = new RigPlan(
            Receivers: 1,
            options.Connections,
            Math.Max(options.Users, Many),
            port => new RoutedTemplate(port, options.BodyBytes, destinations),
            sink => ServerConfig.Routes(sink.UrlOf(0), destinations));
        await using var rig = await Rig.StartAsync(bench, world, cancellationToken);
        await rig.Sink.AskAsync(() => rig.Sink.Receivers[0].Routes = destinations);
        await rig.PublishAsync(LoadPlan.FlatOut(WarmUpEvents, Limit), cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(options.WarmUp), cancellationToken);
        await rig.DrainAsync(0, Limit, cancellationToken);
        await rig.OpenWindowAsync(Limit);
        var before = rig.Sample();
        var published = await rig.PublishAsync(LoadPlan.FlatOut(options.Duration), cancellationToken);
        await rig.DrainAsync(0, Limit, cancellationToken);
        var use = rig.Sample().Since(before);

        var rate = published.Accepted / ((rig.Sink.Receivers[0].LastArrival - published.Start) / 1e9);
        var arrival = await rig.Sink.AskAsync(() => Print.Latency(rig.Sink.Receivers[0].Latency));
        PublishScenario.Report($"{destinations,5} answers", run, published, use);
        Print.Line($"run {run} {destinations,5} arrivals {Print.Rate(rate),8}  {arrival}  CPU {Print.Cpu(use, published.Accepted)}  memory at most {rig.Server.MemoryMebibytes("VmHWM"):F0} MiB");
        Print.Line("      " + await rig.CheckAsync(0));
        return rate;
    }
}
