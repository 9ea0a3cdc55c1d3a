using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary>Which events a verb means. The server reads the values, so that times and words are checked in one place.</summary>
internal sealed class SelectionOptions
{
    private readonly Dictionary<string, Option<string?>> _filters = [];
    private readonly Option<bool>? _all;

    private SelectionOptions(Option<bool>? all) => _all = all;

    /// <summary>Adds them to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="ofDeadLetters">Of dead letters, by their class and time; of the log, by the time of receipt.</param>
    /// <param name="all">What <c>--all</c> means; null: the verb changes nothing and needs none.</param>
    public static SelectionOptions AddTo(Command command, bool ofDeadLetters, string? all)
    {
        var options = new SelectionOptions(all is null ? null : new Option<bool>("--all") { Description = all });
        options.Add(command, "destination", "NAME", "The destination.");
        options.Add(command, "key", "KEY", "Only events of this key: the userId.");
        options.Add(command, "type", "TYPE", "Only events of this type.");
        if (ofDeadLetters)
        {
            options.Add(command, "class", "CLASS", "Only of this class: rejected, gave-up, corrupt, forgotten.");
        }

        var happened = ofDeadLetters ? "given up" : "received";
        options.Add(command, "since", "TIME", $"Only what was {happened} at this time or later: 2026-01-31T08:00:00Z, or how long ago, as 15m.");
        options.Add(command, "until", "TIME", $"Only what was {happened} before this time.");
        options.Add(command, "id", "ID", "Only the event of this id.");
        if (options._all is not null)
        {
            command.Add(options._all);
        }

        return options;
    }

    public bool IsAll(ParseResult parsed) => _all is not null && parsed.GetValue(_all);

    /// <summary>What was given, by the names of the API.</summary>
    public Dictionary<string, string> Read(ParseResult parsed)
    {
        var given = new Dictionary<string, string>();
        foreach (var (name, option) in _filters)
        {
            if (parsed.GetValue(option) is { } value)
            {
                given[name] = value;
            }
        }

        return given;
    }

    /// <summary>What was given, which must be something or <c>--all</c>.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ignoring">A filter that does not narrow enough here; null: each does.</param>
    public Dictionary<string, string> ReadNarrowed(ParseResult parsed, string? ignoring = null)
    {
        var given = Read(parsed);
        if (!IsAll(parsed) && !given.Keys.Any(name => name != ignoring))
        {
            var filters = string.Join(' ', _filters.Keys.Where(name => name != ignoring).Select(name => "--" + name));
            throw new CliException($"say which: narrow it by {filters}, or give --all.", ExitCodes.BadUsage);
        }

        return given;
    }

    private void Add(Command command, string name, string helpName, string description)
    {
        var option = new Option<string?>("--" + name) { Description = description, HelpName = helpName };
        _filters[name] = option;
        command.Add(name == "destination" ? DestinationNames.Complete(option) : option);
    }
}
