using System.CommandLine;
using System.Globalization;

namespace Postrider.Server.Cli;

/// <summary>
/// The directive <c>[suggest:POSITION]</c>, with a command line behind it: what may stand at that position, one suggestion a line.
/// Read here, because only a RootCommand has directives of its own.
/// </summary>
internal static class Suggestions
{
    private const string Name = "[suggest";

    public static bool IsAsked(string[] arguments) =>
        arguments is [['[', .., ']'] first, _] && (first == Name + "]" || first.StartsWith(Name + ":", StringComparison.Ordinal));

    /// <summary>Prints them. Whatever is wrong, there are none: a shell has no place for errors.</summary>
    public static int Print(Command command, ParserConfiguration configuration, string[] arguments)
    {
        var line = arguments[1];
        if (!int.TryParse(arguments[0].AsSpan(Math.Min(Name.Length + 1, arguments[0].Length - 1)).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            position = line.Length;
        }

        position = Math.Min(position, line.Length);

        // The shell's line begins with the command, by whatever path it was called.
        var rest = line.IndexOf(' ', StringComparison.Ordinal) is var space and >= 0 ? space + 1 : line.Length;
        var before = line[Math.Min(rest, position)..position];
        foreach (var suggestion in command.Parse(before, configuration).GetCompletions(before.Length).Select(item => item.InsertText ?? item.Label).Distinct())
        {
            Console.WriteLine(suggestion);
        }

        return ExitCodes.Done;
    }
}
