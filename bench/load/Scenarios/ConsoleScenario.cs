using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>What do open pages of the console cost a busy server with 50 destinations, and how soon is the first one there?</summary>
/// <remarks>
/// The browser shares the machine and draws for as long as a page is open: its CPU is among the foreign, and what arrivals lose is its doing too.
/// So the server's own CPU is the figure, a second and a page; a run with pages stands between runs without.
/// </remarks>
internal static class ConsoleScenario
{
    private const int Destinations = 50;
    private const int Pages = 4;
    private const double DefaultRate = 5000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        var rate = options.Rate > 0 ? options.Rate : DefaultRate;
        Print.Title($"console: {Print.Rate(rate)} open loop to {Destinations} webhooks, each event to one, {options.Duration.TotalSeconds:F0} s, {options.Runs} runs without a page, with {Pages} overviews and with {Pages} pages of a destination");
        var world = new RigPlan(
            Receivers: 1,
            options.Connections,
            Math.Max(options.Users, Destinations),
            port => new RoutedTemplate(port, options.BodyBytes, Destinations),
            sink => ServerConfig.Routes(sink.UrlOf(0), Destinations));
        await using var rig = await Rig.StartAsync(bench, world, cancellationToken);
        await rig.Sink.AskAsync(() => rig.Sink.Receivers[0].Routes = Destinations);
        await using var browser = await Browser.StartAsync();
        var overview = rig.Server.Admin;
        var destination = new Uri(rig.Server.Admin, "/destinations/d0");
        var first = await browser.OpenAsync(overview, "d0");
        var next = await browser.OpenAsync(overview, "d0");
        Print.Line($"first page after the server's start, empty cache {first.TotalMilliseconds:F0} ms; the next window {next.TotalMilliseconds:F0} ms (target: under 1000 ms)");

        await rig.PublishAsync(LoadPlan.Paced(rate, options.WarmUp + options.Duration), cancellationToken);
        var overviews = new List<double>();
        var destinations = new List<double>();
        for (var run = 1; run <= options.Runs; run++)
        {
            var without = await MeasureAsync(rig, run, "no page", rate, null, "", options, cancellationToken);
            overviews.Add((await MeasureAsync(rig, run, "overview", rate, overview, "d0", options, cancellationToken) - without) / Pages);
            destinations.Add((await MeasureAsync(rig, run, "destination", rate, destination, "Recent attempts", options, cancellationToken) - without) / Pages);
        }

        Print.Line($"=> {Print.Spread(Median.Of(overviews), Print.Percent)} of a core an open overview, {Print.Spread(Median.Of(destinations), Print.Percent)} a page of a destination (target: under 5 %)");
    }

    /// <returns>Cores that the server used.</returns>
    private static async Task<double> MeasureAsync(
        Rig rig, int run, string what, double rate, Uri? page, string text, LoadOptions options, CancellationToken cancellationToken)
    {
        await using var browser = await Browser.StartAsync();
        for (var i = 0; page is not null && i < Pages; i++)
        {
            await browser.OpenAsync(page, text);
        }

        await rig.PublishAsync(LoadPlan.Paced(rate, options.WarmUp), cancellationToken);
        await rig.OpenWindowAsync(options.Duration);
        var before = rig.Sample();
        var result = await rig.PublishAsync(LoadPlan.Paced(rate, options.Duration), cancellationToken);
        await rig.DrainAsync(0, Limit, cancellationToken);
        var use = rig.Sample().Since(before);
        var arrival = await rig.Sink.AskAsync(() => Print.Latency(rig.Sink.Receivers[0].Latency));
        Print.Line($"run {run} {what,-12} arrivals {arrival}  server {use.Measured / use.Elapsed:F2} cores  {Print.Noise(use)}{result.Complaint}");
        Print.Line("      " + await rig.CheckAsync(0));
        return use.Measured / use.Elapsed;
    }
}
