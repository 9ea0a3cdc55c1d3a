using System.CommandLine;
using System.Globalization;
using Postrider.Configuration;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary><c>postrider check</c>: looks at a configuration without starting anything.</summary>
internal static class CheckVerb
{
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var command = new Command("check", "Checks a configuration file: prints every mistake with its line, or what the file says.") { config };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetRequiredValue(config), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new CliException($"there is no configuration file {path}. Name one with --config FILE.", ExitCodes.BadUsage);
        }

        var result = await PostriderCheck.RunAsync(path, cancellationToken);
        if (result.Config is not { } config)
        {
            throw new InvalidConfigException(result.Errors);
        }

        var console = Terminal.Create();
        console.WriteLine($"{path} is valid.");
        console.WriteLine();
        WriteListeners(console, config);
        WriteSources(console, config);
        WriteDestinations(console, config);
        WriteConnections(console, config);
        foreach (var note in result.Notes)
        {
            console.WriteLine(note);
        }

        Banner.WriteWarnings(Console.Out, result.Warnings);
        return ExitCodes.Done;
    }

    private static void WriteListeners(IAnsiConsole console, PostriderConfig config)
    {
        var limit = config.Log.MaxSize is { } size ? Sizes.Spell(size.Bytes) : "half of the disk";
        var table = Terminal.CreateTable("part", "where", "limits");
        table.AddTexts("gateway", config.Gateway.Listen, $"bodies to {Sizes.Spell(config.Gateway.MaxBodySize.Bytes)}");
        table.AddTexts("admin", config.Admin.Listen, config.Admin.Token.Length > 0 ? "asks for the token" : "no token");
        if (config.Log.Redis is { } redis)
        {
            table.AddTexts("log", redis.ToString(), redis.MaxMemory is { } memory ? $"to {Sizes.Spell(memory.Bytes)}" : "to 80 % of maxmemory, or half of its machine's memory");
        }
        else
        {
            table.AddTexts("log", config.Log.Path, $"to {limit}, leaves {Sizes.Spell(config.Log.MinFreeDisk.Bytes)} of the disk free");
        }

        console.Write(table);
        console.WriteLine();
    }

    private static void WriteSources(IAnsiConsole console, PostriderConfig config)
    {
        if (config.Sources.Count == 0)
        {
            console.WriteLine("No sources are listed: one named \"default\" takes events without a key.");
            console.WriteLine();
            return;
        }

        var table = Terminal.CreateTable("source", "takes");
        foreach (var (name, source) in config.Sources.OrderBy(source => source.Key, StringComparer.Ordinal))
        {
            var keys = source.WriteKeys.Count + (source.WriteKey is null ? 0 : 1);
            var keyed = keys > 0 ? $"{keys} write {(keys == 1 ? "key" : "keys")}" : "";
            table.AddTexts(name, source.Default ? string.Join(" and ", new[] { "requests without a key", keyed }.Where(part => part.Length > 0)) : keyed);
        }

        console.Write(table);
        console.WriteLine();
    }

    private static void WriteDestinations(IAnsiConsole console, PostriderConfig config)
    {
        if (config.Destinations.Count == 0)
        {
            return;
        }

        var table = Terminal.CreateTable("destination", "type", "timeout", "at once", "rate limit", "retries");
        foreach (var (name, destination) in config.Destinations.OrderBy(destination => destination.Key, StringComparer.Ordinal))
        {
            var retry = destination.Retry;
            table.AddTexts(
                name,
                destination.Type,
                Durations.Spell(destination.Timeout),
                destination.Concurrency.ToString(CultureInfo.InvariantCulture),
                destination.RateLimit is { } rate ? $"{rate.Count} in {Durations.Spell(rate.Per)}" : "none",
                $"after {Durations.Spell(retry.Initial)} to {Durations.Spell(retry.Max)}, for {Durations.Spell(retry.GiveUpAfter)}"
                    + (retry.MaxAttempts is { } most ? $", at most {most} attempts" : ""));
        }

        console.Write(table);
        console.WriteLine();
    }

    private static void WriteConnections(IAnsiConsole console, PostriderConfig config)
    {
        if (config.Connections is not { } connections)
        {
            console.WriteLine("No connections are listed: every source reaches every destination.");
            return;
        }

        var table = Terminal.CreateTable("from", "to");
        foreach (var connection in connections)
        {
            table.AddTexts(connection.From, connection.To);
        }

        console.Write(table);
    }
}
