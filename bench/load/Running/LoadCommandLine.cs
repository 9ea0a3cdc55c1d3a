using System.CommandLine;
using Postrider.Load.Receiving;
using Postrider.Load.Yardsticks;

namespace Postrider.Load.Running;

/// <summary>The options of the scenarios, and the verbs that this program starts itself.</summary>
internal static class LoadCommandLine
{
    /// <summary>Adds the options to every scenario; the function reads them.</summary>
    public static Func<ParseResult, LoadOptions> AddOptions(RootCommand root)
    {
        var defaults = new LoadOptions();
        var runs = Shared(root, "--runs", "How often each measurement is repeated; the median is quoted.", defaults.Runs);
        var pairs = Shared(root, "--pairs", "Pairs of 'isolation'.", defaults.Pairs);
        var connections = Shared(root, "--connections", $"Connections of the generator. Left out: {defaults.Connections}, of 'batch' {defaults.BatchConnections}.", defaults.Connections);
        var users = Shared(root, "--users", "Users, each owned by one connection; at least as many as connections, at most 99,999.", defaults.Users);
        var body = Shared(root, "--body", "Bytes of a request's body; in 'batch' of each event.", defaults.BodyBytes);
        var rate = Shared(root, "--rate", "Requests a second of the open loops. 0: the scenario's own.", defaults.Rate);
        var events = Shared(root, "--events", "Events of 'end-to-end' and 'backlog'. 0: the scenario's own.", defaults.Events);
        var seconds = Shared(root, "--seconds", "Length of one measurement.", defaults.Duration.TotalSeconds);
        var warmUp = Shared(root, "--warm-up", "Seconds of the same load before it.", defaults.WarmUp.TotalSeconds);
        var server = Shared<string?>(root, "--server", "The server's executable. Left out: the repository's own, built Release.", null);
        var data = Shared<string?>(root, "--data", "Folder for the servers' data. Left out: beside this program.", null);
        var orderly = Shared(root, "--orderly", "In 'backlog', stop the server with SIGTERM. Left out: kill -9.", false);
        var answers = Shared(root, "--answers-503", "A receiver that is down answers 503. Left out: it refuses connections.", false);
        var log = Shared(root, "--log", "What keeps the server's log: 'embedded', or 'redis', a redis-server that is started for each run.", defaults.Log);
        var durability = Shared(root, "--durability", "Of a log in Redis: 'everysec' (appendfsync everysec) or 'fsync' (appendfsync always).", defaults.Durability);
        var extra = Shared(root, "--extra-config", "A file with further members for every generated configuration.", (string?)null);
        return parsed => new LoadOptions
        {
            Runs = parsed.GetValue(runs),
            Pairs = parsed.GetValue(pairs),
            Connections = parsed.GetValue(connections),
            BatchConnections = parsed.GetResult(connections) is { Implicit: false } ? parsed.GetValue(connections) : defaults.BatchConnections,
            Users = Math.Clamp(parsed.GetValue(users), parsed.GetValue(connections), 99_999),
            BodyBytes = parsed.GetValue(body),
            Rate = parsed.GetValue(rate),
            Events = parsed.GetValue(events),
            Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
            Server = parsed.GetValue(server),
            DataFolder = parsed.GetValue(data),
            StopOrderly = parsed.GetValue(orderly),
            AnswersDown = parsed.GetValue(answers),
            Log = parsed.GetValue(log),
            Durability = parsed.GetValue(durability),
            ExtraConfig = parsed.GetValue(extra) is { } file ? File.ReadAllText(file) : "",
        };
    }

    public static Command SinkCommand()
    {
        var port = new Option<int>("--port") { Description = "The first receiver's port; the second's is one more.", DefaultValueFactory = _ => 5000 };
        var command = new Command("sink", "Two cheap receivers by themselves: reads lines 'NUMBER MODE' (up, down, unavailable, failsome, hangsome), prints what arrived every second.");
        command.Options.Add(port);
        command.SetAction((parsed, stop) => SinkConsole.RunAsync(parsed.GetValue(port), stop));
        return command;
    }

    public static Command KestrelCommand()
    {
        var walksJson = new Option<bool>("--walks-json");
        var command = new Command("yardstick-kestrel") { Hidden = true };
        command.Options.Add(walksJson);
        command.SetAction((parsed, stop) => KestrelYardstick.RunAsync(parsed.GetValue(walksJson), stop));
        return command;
    }

    public static Command InvokerCommand()
    {
        // System.CommandLine has no conversion to Uri.
        var url = new Option<string>("--url") { Required = true };
        var inFlight = new Option<int>("--in-flight");
        var body = new Option<int>("--body");
        var seconds = new Option<double>("--seconds");
        var warmUp = new Option<double>("--warm-up");
        var command = new Command("yardstick-invoker") { Hidden = true };
        foreach (var option in (Option[])[url, inFlight, body, seconds, warmUp])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            using var yardstick = new InvokerYardstick(new Uri(parsed.GetValue(url)!), parsed.GetValue(inFlight), parsed.GetValue(body));
            await yardstick.RunAsync(TimeSpan.FromSeconds(parsed.GetValue(warmUp)), TimeSpan.FromSeconds(parsed.GetValue(seconds)), stop);
        });
        return command;
    }

    private static Option<T> Shared<T>(RootCommand root, string name, string description, T value)
    {
        var option = new Option<T>(name) { Description = description, DefaultValueFactory = _ => value, Recursive = true };
        root.Options.Add(option);
        return option;
    }
}
