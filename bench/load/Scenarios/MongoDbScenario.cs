using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MongoDB.Bson;
using MongoDB.Driver;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;
using Postrider.Load.Running;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Scenarios;

/// <summary>What does an event cost on its way from the log to MongoDB?</summary>
/// <remarks>
/// The events are published to a server without destinations. A second start on the same folder writes them all, so that its CPU is that of
/// delivery alone; its first quarter is for warming up.
/// </remarks>
internal static class MongoDbScenario
{
    private const int Batch = 500;

    // Fewer, and the first quarter is over before the runtime has compiled what is hot: three to six times the cost.
    private const long DefaultEvents = 1_000_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var events = bench.Options.Events > 0 ? bench.Options.Events : DefaultEvents;
        if (bench.Options.Log == LogKind.Redis)
        {
            throw new LoadException("mongodb measures delivery from the embedded log only: leave out --log redis.");
        }

        Print.Title($"mongodb: a backlog of {events:N0} events of {bench.Options.BodyBytes} bytes, {Batch} at most in a write, {bench.Options.Runs} runs");
        var costs = new List<double>();
        for (var run = 1; run <= bench.Options.Runs; run++)
        {
            var (raw, parsed) = await MeasureDriverAsync(bench, events, cancellationToken);
            var cost = await MeasureAsync(bench, run, events, cancellationToken);
            Print.Line($"run {run} Postrider {Print.Microseconds(cost)} an event; the bare driver {Print.Microseconds(raw)} from ready bytes, {Print.Microseconds(parsed)} from JSON with its own parser");
            costs.Add(cost);
        }

        Print.Line($"=> median {Print.Spread(Median.Of(costs), Print.Microseconds)} an event (target: at most 15)");
    }

    public static Command ServerCommand()
    {
        var command = new Command("mongodb-sink") { Hidden = true };
        command.SetAction((_, stop) => MongoDbSink.RunAsync(stop));
        return command;
    }

    public static Command DriverCommand()
    {
        var connection = new Option<string>("--connection") { Required = true };
        var events = new Option<long>("--events");
        var body = new Option<int>("--bytes");
        var command = new Command("yardstick-mongodb") { Hidden = true };
        foreach (var option in (Option[])[connection, events, body])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, stop) =>
            new MongoDbYardstick(parsed.GetValue(connection)!, Batch, parsed.GetValue(body)).RunAsync(parsed.GetValue(events), stop));
        return command;
    }

    private static async Task<(double Raw, double Parsed)> MeasureDriverAsync(Bench bench, long events, CancellationToken cancellationToken)
    {
        await using var sink = new ChildProcess(bench.Server.CommandOf(["mongodb-sink"]), bench.Folder);
        var connection = await ConnectionOfAsync(sink, cancellationToken);
        FormattableString verb = $"yardstick-mongodb --connection {connection} --events {events / 2} --bytes {bench.Options.BodyBytes}";
        await using var child = new ChildProcess(bench.Server.CommandOf(FormattableString.Invariant(verb).Split(' ')), bench.Folder);
        var output = await child.WaitForEndAsync(Limit, cancellationToken);
        var figures = output.Split('\n')[^1].Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return (figures[0], figures[1]);
    }

    private static async Task<double> MeasureAsync(Bench bench, int run, long events, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(bench.Folder, $"mongodb-{run}");
        Directory.CreateDirectory(folder);
        var generator = await PublishAsync(bench, folder, events, cancellationToken);

        await using var sink = new ChildProcess(bench.Server.CommandOf(["mongodb-sink"]), folder);
        var connection = await ConnectionOfAsync(sink, cancellationToken);
        using var client = new MongoClient(connection);
        var collection = client.GetDatabase("load").GetCollection<BsonDocument>("events");
        await using var server = new ServerProcess(bench.Server, folder, ServerConfig.EmbeddedLog, Configuration(connection));
        await server.StartAsync(cancellationToken);

        var warm = await WaitAsync(collection, server, generator.AcceptedCount / 4, cancellationToken);
        var before = MachineSample.Take(server.Process);
        var written = await WaitAsync(collection, server, generator.AcceptedCount, cancellationToken);
        var use = MachineSample.Take(server.Process).Since(before);
        if (written != generator.AcceptedCount)
        {
            bench.Violations.Add($"MongoDB has {written:N0} documents of {generator.AcceptedCount:N0} events");
        }

        await server.StopAsync(orderly: true);
        var writes = double.Parse((await sink.WaitForEndAsync(Limit, cancellationToken)).Split('\n')[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        Print.Line($"run {run} {Print.Rate((written - warm) / use.Elapsed.TotalSeconds)} written, {written / writes:F0} events a write");
        Directory.Delete(folder, recursive: true);
        return use.MicrosecondsPer(written - warm);
    }

    private static async Task<Generator> PublishAsync(Bench bench, string folder, long events, CancellationToken cancellationToken)
    {
        var options = bench.Options;
        await using var server = new ServerProcess(bench.Server, folder, ServerConfig.EmbeddedLog, "");
        await server.StartAsync(cancellationToken);
        var generator = new Generator(server.Port, options.Connections, options.Users, options.BodyBytes);
        await server.WhileRunningAsync(stop => generator.RunAsync(LoadPlan.FlatOut(events, Limit), stop), cancellationToken);
        await server.StopAsync(orderly: true);
        return generator;
    }

    private static async Task<string> ConnectionOfAsync(ChildProcess sink, CancellationToken cancellationToken) =>
        $"mongodb://127.0.0.1:{(await sink.WaitForLineAsync("port ", Limit, cancellationToken))[5..]}/";

    // As many documents as there are to come, or as there are when the time is over.
    private static async Task<long> WaitAsync(IMongoCollection<BsonDocument> collection, ServerProcess server, long events, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var count = await collection.CountDocumentsAsync(new BsonDocument(), cancellationToken: cancellationToken);
            if (count >= events || server.Process.HasExited || Stopwatch.GetElapsedTime(began) > Limit)
            {
                return count;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private static string Configuration(string connection) => $"""
        destinations:
          warehouse:
            type: mongodb
            connection: {connection}
            database: load
            collection: events
            startFrom: oldest
            batch: {"{"} maxEvents: {Batch} {"}"}
        """;
}
