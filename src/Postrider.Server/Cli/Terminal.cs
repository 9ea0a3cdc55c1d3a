using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary>Standard output for tables.</summary>
internal static class Terminal
{
    // Wide enough that nothing wraps where a script or a file reads along.
    private const int RedirectedWidth = 400;

    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }

    public static Table CreateTable(params string[] headers)
    {
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.None : TableBorder.Rounded, ShowHeaders = true };
        foreach (var header in headers)
        {
            table.AddColumn(new TableColumn(Markup.Escape(header)));
        }

        return table;
    }

    /// <summary>Adds a row of plain text: no cell is read as markup.</summary>
    public static void AddTexts(this Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));
}
