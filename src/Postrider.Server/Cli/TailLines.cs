using System.Globalization;
using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary>The lines of a tail: JSON as it came, or one line for people.</summary>
internal sealed class TailLines(bool json, AdminClient client)
{
    private readonly IAnsiConsole _console = Terminal.Create();

    /// <summary>Writes an item. False: it was none of the lines that are counted.</summary>
    public bool Write(string text)
    {
        if (json)
        {
            Console.WriteLine(text.ReplaceLineEndings(" "));
            return true;
        }

        var item = client.Read(text, AnswerJson.Default.TailItem);
        if (item.Event is { } stored)
        {
            _console.WriteLine(Spell(stored));
        }
        else if (item.Attempt is { } attempt)
        {
            _console.WriteLine(Spell(attempt), attempt.Outcome == "delivered" ? Style.Plain : new Style(attempt.Outcome == "rejected" ? Color.Red : Color.Yellow));
        }
        else if (item.Missed > 0)
        {
            _console.WriteLine($"{ApiText.Spell(item.Missed, "line")} left out: they came faster than they were read", new Style(decoration: Decoration.Dim));
        }

        return item.Event is not null || item.Attempt is not null;
    }

    private static string Spell(EventSummary stored) =>
        $"{Clock(stored.ReceivedAt)}  event    {stored.Id}  from {stored.Source}{Whose(stored.Key, stored.Type)}  {Sizes.Spell(stored.BodyBytes)}";

    private static string Spell(AttemptReport attempt) =>
        $"{Clock(attempt.At)}  attempt  {attempt.EventId}  to {attempt.Destination}{Whose(attempt.Key, attempt.Type)}  {AttemptTexts.Spell(attempt)}";

    private static string Whose(string? key, string? type) =>
        (key is null ? "" : $"  key {ApiText.Printable(key)}") + (type is null ? "" : $"  type {ApiText.Printable(type)}");

    private static string Clock(DateTimeOffset time) => time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
