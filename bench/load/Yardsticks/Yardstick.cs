using System.Globalization;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;
using Postrider.Load.Running;

namespace Postrider.Load.Yardsticks;

/// <summary>Runs the two yardsticks, each in its own process under the server's runtime settings.</summary>
internal static class Yardstick
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    public static Task<(LoadResult Result, MachineUse Use)> KestrelAsync(Bench bench, LoadPlan plan, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        return KestrelAsync(bench, plan, ["yardstick-kestrel"], port => new Generator(port, options.Connections, options.Users, options.BodyBytes), cancellationToken);
    }

    /// <summary>The same endpoint, which also walks each body's JSON.</summary>
    public static Task<(LoadResult Result, MachineUse Use)> ParseAsync(Bench bench, LoadPlan plan, Func<int, Generator> generator, CancellationToken cancellationToken) =>
        KestrelAsync(bench, plan, ["yardstick-kestrel", "--walks-json"], generator, cancellationToken);

    private static async Task<(LoadResult Result, MachineUse Use)> KestrelAsync(
        Bench bench, LoadPlan plan, IReadOnlyList<string> verb, Func<int, Generator> generatorOf, CancellationToken cancellationToken)
    {
        await using var child = new ChildProcess(bench.Server.CommandOf(verb), bench.Folder);
        var line = await child.WaitForLineAsync("port ", StartLimit, cancellationToken);
        var port = int.Parse(line.AsSpan(5), CultureInfo.InvariantCulture);
        var generator = generatorOf(port);
        var warmUp = plan.Rate > 0 ? LoadPlan.Paced(plan.Rate, bench.Options.WarmUp) : LoadPlan.FlatOut(bench.Options.WarmUp);
        await generator.RunAsync(warmUp, cancellationToken);
        var before = MachineSample.Take(child.Process);
        var result = await generator.RunAsync(plan, cancellationToken);
        return (result, MachineSample.Take(child.Process).Since(before));
    }

    public static async Task<InvokerFigures> InvokerAsync(Bench bench, int inFlight, CancellationToken cancellationToken)
    {
        using var sink = new Sink(1, bench.Options.Users);
        var options = bench.Options;
        FormattableString verb = $"yardstick-invoker --url {sink.UrlOf(0)} --in-flight {inFlight} --body {options.BodyBytes} --seconds {options.Duration.TotalSeconds} --warm-up {options.WarmUp.TotalSeconds}";
        await using var child = new ChildProcess(bench.Server.CommandOf(FormattableString.Invariant(verb).Split(' ')), bench.Folder);
        var output = await child.WaitForEndAsync(options.Duration + options.WarmUp + StartLimit, cancellationToken);
        var figures = output.Split('\n')[^1].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new InvokerFigures(figures[0], figures[1], (long)figures[2], (long)figures[3]);
    }
}

/// <summary>Calls per second, CPU a call, and the latencies of a call.</summary>
internal sealed record InvokerFigures(double PerSecond, double Microseconds, long P50, long P99);
