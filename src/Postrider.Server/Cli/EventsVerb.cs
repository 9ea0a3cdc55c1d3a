using System.CommandLine;
using System.Net;
using System.Text.Json;

namespace Postrider.Server.Cli;

/// <summary><c>postrider events</c>: the story of one event, and the search for events.</summary>
internal static class EventsVerb
{
    public static Command Create() => new("events", "Shows what became of an event, and finds events that the log still holds.") { CreateShow(), CreateFind() };

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = "The event's id, as the gateway answered it in Postrider-Event-Id.", HelpName = "ID" };
        var command = new Command("show", "Shows an event's whole story: when it came, where it stands at each destination and why, and its attempts.") { id };
        var body = new Option<bool>("--body") { Description = "Also what the event says: its first 64 KiB." };
        command.Add(body);
        var admin = AdminOptions.AddTo(command);
        var json = new Option<bool>("--json") { Description = "Prints one JSON object: the server's answers, as event and attempts." };
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(id);
            using var client = admin.Connect(parsed);
            var story = await client.GetAsync($"api/events/{ApiText.Segment(name)}{(parsed.GetValue(body) ? "?body=true" : "")}", cancellationToken);
            var attempts = await GetAttemptsAsync(client, name, cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine($$"""{"event":{{story}},"attempts":{{attempts}}}""");
            }
            else
            {
                EventTexts.Write(client.Read(story, AnswerJson.Default.EventAnswer), client.Read(attempts, AnswerJson.Default.AttemptReportArray));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateFind()
    {
        var command = new Command("find", "Finds events that the log still holds, newest first.");
        var filters = new[]
        {
            Filter("key", "KEY", "Only events of this key: the userId."),
            Filter("type", "TYPE", "Only events of this type."),
            Filter("source", "NAME", "Only events of this source."),
            Filter("since", "TIME", "Only events received at this time or later: 2026-01-31T08:00:00Z, or how long ago, as 15m."),
            Filter("until", "TIME", "Only events received before this time."),
        };
        foreach (var filter in filters)
        {
            command.Add(filter);
        }

        var limit = SharedOptions.Number("--limit", "How many at most.", 50, 1, 10_000);
        var scan = SharedOptions.Number("--scan", "How many events to look at, at the most; 0: all that the log holds.", 5_000_000, 0, int.MaxValue);
        var cursor = new Option<string?>("--cursor") { Description = "Goes on where the search before ended.", HelpName = "CURSOR" };
        command.Add(limit);
        command.Add(scan);
        command.Add(cursor);
        var admin = AdminOptions.AddTo(command);
        var json = new Option<bool>("--json") { Description = "Prints one JSON object, as the server's answer, for all that was found." };
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = filters.Where(filter => parsed.GetValue(filter) is not null).ToDictionary(filter => filter.Name[2..], filter => parsed.GetValue(filter)!);
            using var client = admin.Connect(parsed);
            var finder = new EventFinder(client, query, parsed.GetValue(limit), parsed.GetValue(scan));
            var found = await finder.FindAsync(parsed.GetValue(cursor), parsed.GetValue(json), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(found, AnswerJson.Default.EventList));
            }
            else
            {
                EventTexts.Write(found);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    // An older server keeps no attempts: then the rest of the story must do.
    private static async Task<string> GetAttemptsAsync(AdminClient client, string id, CancellationToken cancellationToken)
    {
        try
        {
            var text = await client.GetAsync(ApiText.Query("api/attempts", [new("event", id), new("limit", "1000")]), cancellationToken);
            using var answer = JsonDocument.Parse(text);
            return answer.RootElement.ValueKind is JsonValueKind.Object && answer.RootElement.TryGetProperty("items", out var items) ? items.GetRawText() : text;
        }
        catch (CliException exception) when (exception.Status is HttpStatusCode.NotFound)
        {
            return "[]";
        }
        catch (JsonException)
        {
            return "[]";
        }
    }

    private static Option<string?> Filter(string name, string helpName, string description) => new("--" + name) { Description = description, HelpName = helpName };
}
