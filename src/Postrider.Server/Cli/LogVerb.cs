using System.CommandLine;
using Postrider.Log.Embedded;

namespace Postrider.Server.Cli;

/// <summary><c>postrider log</c>: looks at, mends and copies a log that no server has open.</summary>
internal static class LogVerb
{
    private const string RepairQuestion = "Repair rewrites what it finds damaged: events that cannot be read become dead letters of class 'corrupt'. "
        + "Keep a copy of the folder first. Go on? [y/N] ";

    public static Command Create() => new("log", "Looks at, mends and copies an embedded log while no server has it open.") { CreateVerify(), CreateRepair(), CreateDump(), CreateCopy() };

    private static Command CreateVerify()
    {
        var (path, config) = CreateFolderOptions();
        var command = new Command("verify", "Reads the whole log and says what is damaged; exit code 1 if anything is.") { path, config };
        command.SetAction(parsed => EmbeddedLogTools.Verify(FindFolder(parsed, path, config), Console.Out) ? ExitCodes.Done : ExitCodes.Failed);
        return command;
    }

    private static Command CreateRepair()
    {
        var (path, config) = CreateFolderOptions();
        var yes = new Option<bool>("--yes", "-y") { Description = "Does not ask." };
        var command = new Command("repair", "Turns damaged ranges into dead letters of class 'corrupt', so that the log can be opened again.") { path, config, yes };
        command.SetAction(parsed =>
        {
            var folder = FindFolder(parsed, path, config);
            if (!parsed.GetValue(yes) && !Confirm())
            {
                throw new CliException("nothing was changed.");
            }

            return EmbeddedLogTools.Repair(folder, Console.Out) is not null ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command CreateDump()
    {
        var (path, config) = CreateFolderOptions();
        var from = new Option<long>("--from") { Description = "The first position. Left out: the first that the log holds.", HelpName = "POSITION" };
        var count = new Option<long?>("--count") { Description = "How many events at most. Left out: all.", HelpName = "N" };
        var command = new Command("dump", "Prints events as lines of JSON.") { path, config, from, count };
        command.SetAction(parsed =>
        {
            var most = parsed.GetValue(count) ?? long.MaxValue;
            EmbeddedLogTools.Dump(FindFolder(parsed, path, config), Console.Out, parsed.GetValue(from), most);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateCopy()
    {
        var from = new Option<string>("--from") { Description = "The log to copy: its folder, or redis://user:password@host:6379/0?prefix=postrider. It stays as it is.", HelpName = "PLACE", Required = true };
        var to = new Option<string>("--to") { Description = "The new log: a folder, or a redis:// URL, which may end in &partitions=16; it must hold no log.", HelpName = "PLACE", Required = true };
        var command = new Command(
            "copy", "Copies a log with all that its destinations still owe into a new one, and compares both; exit code 1 if they differ.") { from, to };
        command.SetAction(async (parsed, cancellationToken) =>
            await LogCopying.RunAsync(parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), Console.Out, cancellationToken) ? ExitCodes.Done : ExitCodes.Failed);
        return command;
    }

    private static (Option<string?> Path, Option<string> Config) CreateFolderOptions()
    {
        var path = new Option<string?>("--path") { Description = "The log's folder. Left out: the one that the configuration names.", HelpName = "DIR" };
        return (path, SharedOptions.Config());
    }

    private static string FindFolder(ParseResult parsed, Option<string?> path, Option<string> config)
    {
        var folder = parsed.GetValue(path) ?? ReadFolder(parsed.GetRequiredValue(config));
        return Directory.Exists(Path.Combine(folder, "events")) ? folder : throw new CliException($"there is no log at {folder}.", ExitCodes.BadUsage);
    }

    private static string ReadFolder(string config)
    {
        if (!File.Exists(config))
        {
            throw new CliException($"there is no configuration file {config}. Name the log's folder with --path DIR, or a file with --config FILE.", ExitCodes.BadUsage);
        }

        var loaded = new ServiceCollection().AddPostrider().LoadFromFile(config).Config;
        if (loaded.Log.Redis is not null)
        {
            throw new CliException($"the log of {config} is on Redis; this is for the embedded log. Name a folder with --path DIR.", ExitCodes.BadUsage);
        }

        return Path.GetFullPath(loaded.Log.Path, Path.GetDirectoryName(Path.GetFullPath(config))!);
    }

    private static bool Confirm()
    {
        if (Console.IsInputRedirected)
        {
            throw new CliException("repair asks first, and nobody is there to answer: give --yes.", ExitCodes.BadUsage);
        }

        Console.Write(RepairQuestion);
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
