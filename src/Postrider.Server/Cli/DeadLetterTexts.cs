using System.Globalization;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Dead letters for people.</summary>
internal static class DeadLetterTexts
{
    public const string None = "No dead letter matches.";

    public static void Write(DeadLetterList list)
    {
        if (list.Items.Count == 0)
        {
            Console.WriteLine(None);
            return;
        }

        var table = Terminal.CreateTable("event", "destination", "class", "at", "attempts", "key", "type", "why");
        foreach (var letter in list.Items)
        {
            table.AddTexts(
                letter.EventId,
                letter.Destination,
                letter.Blocking ? $"{letter.Class}, blocks its key" : letter.Class,
                ApiText.Spell(letter.At),
                ApiText.Spell(letter.Attempts),
                ApiText.Printable(letter.Key),
                ApiText.Printable(letter.Type),
                SpellError(letter.Status, letter.Message));
        }

        Terminal.Create().Write(table);
        if (list.Next is { } next)
        {
            Console.WriteLine($"There are more: --cursor {ApiText.Printable(next)}");
        }
    }

    public static void Write(EventAnswer story, IReadOnlyList<DeadLetterReport> letters)
    {
        Console.WriteLine(story.Held
            ? $"{story.Id}, from source {story.Source}, key {ApiText.Printable(story.Key)}, type {ApiText.Printable(story.Type)}, received {ApiText.Spell(story.ReceivedAt)}"
            : $"{story.Id}, which the log no longer holds");
        foreach (var letter in letters)
        {
            var blocks = letter.Blocking ? "; later events of its key wait for it" : "";
            Console.WriteLine($"{letter.Destination} gave up at {ApiText.Spell(letter.At)}: {letter.Class}{blocks}");
            Console.WriteLine($"  attempts    {ApiText.Spell(letter.Attempts)}, from {ApiText.Spell(letter.FirstAttempt)} to {ApiText.Spell(letter.LastAttempt)}");
            Console.WriteLine($"  last error  {letter.ErrorClass}: {SpellError(letter.Status, letter.Message)}");
            if (letter.Answer.Length > 0)
            {
                Console.WriteLine($"  answer      {ApiText.Printable(letter.Answer)}");
            }
        }

        var table = Terminal.CreateTable("destination", "state", "why");
        foreach (var destination in story.Destinations)
        {
            table.AddTexts(destination.Name, destination.State, ApiText.Printable(destination.Reason));
        }

        Terminal.Create().Write(table);
        if (story.Body is { } body)
        {
            Console.WriteLine(ApiText.Printable(body.GetRawText()));
        }
        else if (story.BodyText is { } text)
        {
            Console.WriteLine(ApiText.Printable(text));
        }
    }

    // The message often names the status already.
    private static string SpellError(int? status, string message) =>
        status is { } code && !message.Contains(code.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{code}: {ApiText.Printable(message)}")
            : ApiText.Printable(message);
}
