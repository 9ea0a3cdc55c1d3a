using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Rejected events for people.</summary>
internal static class RejectedTexts
{
    /// <summary>There are none.</summary>
    public const string None = "Nothing was rejected.";

    // What fits beside the other columns; --json has all that was kept.
    private const int MostOfABody = 60;

    public static void Write(RejectedEventList list)
    {
        if (list.Items.Count == 0)
        {
            Console.WriteLine(None);
            return;
        }

        var table = Terminal.CreateTable("at", "source", "why", "what came");
        foreach (var rejected in list.Items)
        {
            var body = rejected.Body.Length > MostOfABody ? $"{rejected.Body[..MostOfABody]}…" : rejected.Body;
            table.AddTexts(ApiText.Spell(rejected.At), rejected.Source, ApiText.Printable(rejected.Reason), ApiText.Printable(body));
        }

        Terminal.Create().Write(table);
        if (list.Next is { } next)
        {
            Console.WriteLine($"There are more: --cursor {ApiText.Printable(next)}");
        }
    }
}
