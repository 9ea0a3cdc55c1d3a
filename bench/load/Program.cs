using System.CommandLine;
using Postrider.Load.Running;
using Postrider.Load.Scenarios;

namespace Postrider.Load;

internal static class Program
{
    private static readonly (string Name, string Question, Func<Bench, CancellationToken, Task> Run)[] Scenarios =
    [
        ("publish", "Events accepted a second, no destination, beside a bare Kestrel endpoint.", PublishScenario.RunAsync),
        ("batch", "Events accepted a second in batches of 500, beside a bare endpoint that only walks the JSON.", BatchScenario.RunAsync),
        ("end-to-end", "Events a second from the first request to the last arrival at two signed webhooks.", EndToEndScenario.RunAsync),
        ("latency", "p50 and p99 of answer and arrival at a fixed rate.", LatencyScenario.RunAsync),
        ("isolation", "What a sick destination costs its neighbour, in interleaved pairs.", IsolationScenario.RunAsync),
        ("routes", "Deliveries a second with 1,000 destinations, of which each event goes to one, beside 10.", RoutesScenario.RunAsync),
        ("backlog", "Memory, restart and recovery with millions of events for a destination that is down.", BacklogScenario.RunAsync),
        ("mongodb", "CPU of writing a backlog to MongoDB, beside the bare driver writing the same documents.", MongoDbScenario.RunAsync),
        ("redis", "A log in Redis: events accepted with each durability, what more destinations cost Redis, and what idling does.", RedisScenario.RunAsync),
        ("redis-memory", "What each thing costs in a Redis's memory: an event, a parked one, a dead letter, a repeat's id, a destination's progress.", RedisMemoryScenario.RunAsync),
        ("redis-move", "How long a stream's move from one Redis to another takes, and for how long both stand still.", RedisMoveScenario.RunAsync),
        ("console", "CPU of the server for each open page of the console, with 50 destinations; needs Chromium.", ConsoleScenario.RunAsync),
        ("cluster", "Processes on one Redis: what two routers deliver beside one, and what 16, 64 and 256 partitions cost.", ClusterScenario.RunAsync),
        ("idle", "CPU of a server with nothing to do.", IdleScenario.RunAsync),
    ];

    private static async Task<int> Main(string[] arguments)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => ChildProcess.KillAll();
        var root = new RootCommand("Measures the real server, each figure beside its yardstick of the same run. Linux only.");
        var read = LoadCommandLine.AddOptions(root);
        foreach (var (name, question, run) in Scenarios)
        {
            Add(root, name, question, (options, stop) => MeasureAsync(options, [run], stop), read);
        }

        Add(root, "all", "Every scenario, one after the other; with --log redis those that can have it.", (options, stop) => MeasureAsync(options, Scenarios.Where(each => options.Log == LogKind.Embedded || each.Run != MongoDbScenario.RunAsync).Select(each => each.Run), stop), read);
        Add(root, "self", "Checks generator and sink against each other; needs no server.", async (options, stop) => Math.Min(1, await SelfScenario.RunAsync(options, stop)), read);
        root.Subcommands.Add(LoadCommandLine.SinkCommand());
        root.Subcommands.Add(LoadCommandLine.KestrelCommand());
        root.Subcommands.Add(LoadCommandLine.InvokerCommand());
        root.Subcommands.Add(MongoDbScenario.ServerCommand());
        root.Subcommands.Add(MongoDbScenario.DriverCommand());
        return await root.Parse(arguments).InvokeAsync();
    }

    private static void Add(RootCommand root, string name, string question, Func<LoadOptions, CancellationToken, Task<int>> run, Func<ParseResult, LoadOptions> read)
    {
        var command = new Command(name, question);
        command.SetAction((parsed, stop) => run(read(parsed), stop));
        root.Subcommands.Add(command);
    }

    private static async Task<int> MeasureAsync(LoadOptions options, IEnumerable<Func<Bench, CancellationToken, Task>> scenarios, CancellationToken cancellationToken)
    {
        try
        {
            using var bench = new Bench(options);
            bench.PrintHeader();
            foreach (var scenario in scenarios)
            {
                await scenario(bench, cancellationToken);
            }

            foreach (var violation in bench.Violations)
            {
                Print.Line($"BROKEN PROMISE: {violation}");
            }

            return bench.Violations.Count == 0 ? 0 : 1;
        }
        catch (LoadException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }
    }
}
