using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Events and their stories for people.</summary>
internal static class EventTexts
{
    // People read it: letters of all scripts stay as they are. Control characters of a JSON text are escaped in any case.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(EventList list)
    {
        if (list.Items.Count == 0)
        {
            Console.WriteLine("No event matches.");
        }
        else
        {
            var table = Terminal.CreateTable("event", "received", "source", "key", "type", "size");
            foreach (var item in list.Items)
            {
                table.AddTexts(
                    item.Id, ApiText.Spell(item.ReceivedAt), item.Source, ApiText.Printable(item.Key), ApiText.Printable(item.Type), Sizes.Spell(item.BodyBytes));
            }

            Terminal.Create().Write(table);
        }

        var looked = list.Scanned > 0 ? $" after {ApiText.Spell(list.Scanned, "event")}, back to {ApiText.Spell(list.OldestLookedAt)}" : "";
        if (list.Next is { } next)
        {
            Console.WriteLine($"The search ended{looked}. It goes on with: --cursor {ApiText.Printable(next)}");
        }
    }

    public static void Write(EventAnswer story, IReadOnlyList<AttemptReport> attempts)
    {
        Console.WriteLine(story.Id);
        if (story.Held)
        {
            Fact("received", $"{ApiText.Spell(story.ReceivedAt)} from source {story.Source}");
            Fact("key", story.Key ?? "none: it has no order");
            Fact("type", story.Type);
            Fact("asked for", story.RequestedDestinations is { } asked ? asked.Count == 0 ? "no destination" : string.Join(", ", asked) : null);
            Fact("left out", story.ExcludedDestinations is { } left ? string.Join(", ", left) : null);
            Fact("body", story.BodyBytes is { } bytes ? Sizes.Spell(bytes) : null);
        }
        else
        {
            Fact("held", "no: the log has let it go, and what it said with it; what became of it is below");
        }

        Console.WriteLine();
        WriteDestinations(story.Destinations);
        WriteAttempts(attempts);
        WriteBody(story);
    }

    private static void Fact(string name, string? value)
    {
        if (value is not null)
        {
            Console.WriteLine($"  {name,-10}  {ApiText.Printable(value)}");
        }
    }

    private static void WriteDestinations(IReadOnlyList<EventDestinationAnswer> destinations)
    {
        var table = Terminal.CreateTable("destination", "state", "attempts", "next", "why");
        foreach (var destination in destinations)
        {
            var error = destination.LastError is { } last ? $"{last.Class}: {last.Message}" : null;
            var why = string.Join("; ", new[] { destination.Reason, error }.OfType<string>());
            table.AddTexts(
                destination.Name,
                destination.State,
                destination.Attempts is { } count ? ApiText.Spell(count) : "-",
                ApiText.Spell(destination.NextAttempt),
                why.Length > 0 ? ApiText.Printable(why) : "-");
        }

        Terminal.Create().Write(table);
    }

    // Oldest first: a story.
    private static void WriteAttempts(IReadOnlyList<AttemptReport> attempts)
    {
        if (attempts.Count == 0)
        {
            return;
        }

        Console.WriteLine();
        Console.WriteLine("Attempts that were kept (of successes only a sample is):");
        var table = Terminal.CreateTable("at", "destination", "no.", "outcome", "status", "took", "why", "answer");
        foreach (var attempt in attempts.OrderBy(attempt => attempt.At))
        {
            table.AddTexts(
                ApiText.Spell(attempt.At),
                attempt.Destination,
                ApiText.Spell(attempt.Number),
                attempt.Outcome,
                attempt.Status?.ToString(CultureInfo.InvariantCulture) ?? "-",
                AttemptTexts.Milliseconds(attempt),
                ApiText.Printable(attempt.Message),
                ApiText.Printable(attempt.Answer));
        }

        Terminal.Create().Write(table);
    }

    private static void WriteBody(EventAnswer story)
    {
        if (story.Body is { } body)
        {
            Console.WriteLine();
            Console.WriteLine(JsonSerializer.Serialize(body, Indented));
        }
        else if (story.BodyText is { } text)
        {
            Console.WriteLine();
            Console.WriteLine(ApiText.Printable(text));
        }
    }
}
