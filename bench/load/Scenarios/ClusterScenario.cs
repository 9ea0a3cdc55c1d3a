using System.Diagnostics;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>Processes on one Redis: what do two routers deliver beside one, and what do more partitions cost?</summary>
internal static class ClusterScenario
{
    private const long DefaultEvents = 200_000;
    private const double Rate = 2000;
    private const string Destination = "webhook1";

    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ShareLimit = TimeSpan.FromMinutes(1);

    // The runtime goes on compiling what was hot for some seconds.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);

    // Each router, Redis and the sink need one for themselves before a second router can show what it is worth.
    private const int CoresNeeded = 6;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await RoutersAsync(bench, cancellationToken);
        await PartitionsAsync(bench, cancellationToken);
    }

    private static async Task RoutersAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var events = options.Events > 0 ? options.Events : DefaultEvents;
        Print.Title($"cluster: a backlog of {events:N0} events to one signed webhook, by one router and by two, everysec, {options.Runs} pairs");
        var ratios = new List<double>();
        var costs = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var one = await DrainAsync(bench, run, 1, events, cancellationToken);
            var two = await DrainAsync(bench, run, 2, events, cancellationToken);
            ratios.Add(two.PerSecond / one.PerSecond);
            costs.Add(two.Microseconds / one.Microseconds);
        }

        var cores = Environment.ProcessorCount;
        Print.Line($"=> two routers deliver {Print.Spread(Median.Of(ratios), Times)} of one router's rate (target: at least 1.60×"
            + (cores >= CoresNeeded ? ")" : $" with {CoresNeeded} cores; here are {cores}, which one router, Redis and the sink fill alone)")
            + $", an event costs the routers {Print.Spread(Median.Of(costs), Times)} of what it costs one");
    }

    // Published while the destination is paused, so that the rate is the routers' alone.
    private static async Task<(double PerSecond, double Microseconds)> DrainAsync(Bench bench, int run, int routers, long events, CancellationToken cancellationToken)
    {
        await using var rig = await Rig.StartAsync(bench, RigPlan.Webhooks(bench.Options, 1) with { Redis = RedisDurability.EverySec, Role = "gateway" }, cancellationToken);
        var all = new List<ServerProcess>();
        for (var i = 0; i < routers; i++)
        {
            all.Add(await rig.AddRouterAsync(cancellationToken));
        }

        await WaitUntilSharedAsync(rig, routers, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(events / 10, PublishLimit), cancellationToken);
        await rig.DrainAsync(0, PublishLimit, cancellationToken);
        await rig.Server.ControlAsync(Destination, "pause", cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken);
        var published = await rig.PublishAsync(LoadPlan.FlatOut(events, PublishLimit), cancellationToken);
        var cpu = CpuOf(all);
        var before = rig.Sample();
        var began = Stopwatch.GetTimestamp();
        await rig.Server.ControlAsync(Destination, "resume", cancellationToken);
        await rig.DrainAsync(0, PublishLimit, cancellationToken);

        var use = rig.Sample().Since(before);
        var seconds = (rig.Sink.Receivers[0].LastArrival - began) / 1e9;
        var micros = (CpuOf(all) - cpu).TotalMicroseconds / published.Accepted;
        Print.Line($"run {run} {routers} router{(routers == 1 ? " " : "s")} {Print.Rate(published.Accepted / seconds),10}  CPU of routers {Print.Microseconds(micros)} an event + Redis {Print.Microseconds(use.BesideMicrosecondsPer(published.Accepted))}  {await rig.CheckAsync(0)}");
        return (published.Accepted / seconds, micros);
    }

    private static async Task WaitUntilSharedAsync(Rig rig, int routers, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (await rig.Server.CountOwnedAsync(cancellationToken) is var owned && (owned.Count != routers || owned.Sum() != 16 || owned.Max() > 16 / routers))
        {
            if (Stopwatch.GetElapsedTime(start) > ShareLimit)
            {
                throw new LoadException($"The routers do not share the partitions: they own {string.Join(", ", owned)}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task PartitionsAsync(Bench bench, CancellationToken cancellationToken)
    {
        Print.Title($"cluster: {Print.Rate(Rate)} open loop to one webhook, then idle, one process, everysec, by the number of partitions");
        foreach (var partitions in (int[])[16, 64, 256])
        {
            await using var rig = await Rig.StartAsync(bench, RigPlan.Webhooks(bench.Options, 1) with { Redis = RedisDurability.EverySec, Partitions = partitions }, cancellationToken);
            var plan = LoadPlan.Paced(Rate, bench.Options.Duration);
            await rig.PublishAsync(LoadPlan.Paced(Rate, bench.Options.WarmUp), cancellationToken);
            await rig.OpenWindowAsync(bench.Options.Duration);
            var before = rig.Sample();
            var result = await rig.PublishAsync(plan, cancellationToken);
            await rig.DrainAsync(0, TimeSpan.FromSeconds(30), cancellationToken);
            var use = rig.Sample().Since(before);
            var arrival = await rig.Sink.AskAsync(() => Print.Latency(rig.Sink.Receivers[0].Latency));
            Print.Line($"{partitions,3} partitions: answers {Print.Latency(result.Latency)}; arrivals {arrival}; CPU {Print.Cpu(use, result.Accepted)}  {Print.Noise(use)}");
            Print.Line("      " + await rig.CheckAsync(0));
            await IdleAsync(rig, partitions, cancellationToken);
        }
    }

    private static async Task IdleAsync(Rig rig, int partitions, CancellationToken cancellationToken)
    {
        await Task.Delay(Settle, TimeProvider.System, cancellationToken);
        var redis = rig.Redis!;
        var commands = await redis.CountCommandsAsync(cancellationToken);
        var before = rig.Sample();
        await Task.Delay(Idle, TimeProvider.System, cancellationToken);
        var use = rig.Sample().Since(before);
        commands = await redis.CountCommandsAsync(cancellationToken) - commands;
        Print.Line($"=> {partitions} partitions, idle: {commands / use.Elapsed.TotalSeconds:F1} commands a second, those in scripts included; server {Print.Percent(use.Measured / use.Elapsed)}, "
            + $"Redis {Print.Percent(use.Beside / use.Elapsed)} of a core; memory of the server {rig.Server.MemoryMebibytes("VmRSS"):F0} MiB, of Redis {await redis.InfoAsync("memory", "used_memory", cancellationToken) / 1048576.0:F0} MiB");
    }

    private static TimeSpan CpuOf(IEnumerable<ServerProcess> servers) => servers.Aggregate(TimeSpan.Zero, (sum, server) =>
    {
        server.Process.Refresh();
        return sum + server.Process.TotalProcessorTime;
    });

    private static string Times(double ratio) => $"{ratio:F2}×";
}
