using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider dead-letters</c>: what destinations gave up on.</summary>
internal static class DeadLettersVerb
{
    private const string ListPath = "api/dead-letters";

    public static Command Create() => new("dead-letters", "Lists, shows, replays and deletes the events that destinations gave up on.")
    {
        CreateList(), CreateShow(), CreateReplay(), CreateDelete(),
    };

    private static Command CreateList()
    {
        var command = new Command("list", "Lists dead letters, newest first.");
        var selection = SelectionOptions.AddTo(command, ofDeadLetters: true, all: null);
        var limit = SharedOptions.Number("--limit", "How many at most.", 100, 1, 1000);
        var cursor = new Option<string?>("--cursor") { Description = "Goes on where the list before ended.", HelpName = "CURSOR" };
        command.Add(limit);
        command.Add(cursor);
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = selection.Read(parsed);
            query["limit"] = ApiText.Spell(parsed.GetValue(limit));
            if (parsed.GetValue(cursor) is { } from)
            {
                query["cursor"] = from;
            }

            using var client = admin.Connect(parsed);
            var text = await client.GetAsync(ApiText.Query(ListPath, query), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else
            {
                DeadLetterTexts.Write(client.Read(text, AnswerJson.Default.DeadLetterList));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = "The event's id.", HelpName = "ID" };
        var command = new Command("show", "Shows an event, why it was given up, and where it stands at each destination.") { id };
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(id);
            using var client = admin.Connect(parsed);
            var story = await client.GetAsync($"api/events/{ApiText.Segment(name)}?body=true", cancellationToken);
            var letters = await client.GetAsync(ApiText.Query(ListPath, [new("id", name), new("limit", "1000")]), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine($$"""{"event":{{story}},"deadLetters":{{letters}}}""");
            }
            else
            {
                DeadLetterTexts.Write(client.Read(story, AnswerJson.Default.EventAnswer), client.Read(letters, AnswerJson.Default.DeadLetterList).Items);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateReplay()
    {
        var command = new Command("replay", "Delivers dead letters again, each behind what waits of its key. What fails again comes back to the list.");
        var selection = SelectionOptions.AddTo(command, ofDeadLetters: true, "All dead letters of all destinations that are configured.");
        var replay = ReplayOptions.AddTo(command);
        var admin = AdminOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = selection.ReadNarrowed(parsed);
            using var client = admin.Connect(parsed);
            if (await ConfirmAsync(client, request, replay.IsConfirmed(parsed), "This replays", cancellationToken) == 0)
            {
                Console.WriteLine(replay.IsJson(parsed) ? """{"replays":[]}""" : DeadLetterTexts.None);
                return ExitCodes.Done;
            }

            AddAll(request, selection.IsAll(parsed));
            replay.AddTo(request, parsed);
            var text = await client.PostAsync($"{ListPath}/replay", ApiText.Body(request), cancellationToken);
            var answer = client.Read(text, AnswerJson.Default.ReplayList);
            foreach (var refusal in answer.Refused ?? [])
            {
                await Console.Error.WriteLineAsync($"postrider: {refusal}");
            }

            var exitCode = await replay.FinishAsync(client, parsed, answer.Replays, text, cancellationToken);
            return answer.Refused is null ? exitCode : ExitCodes.Failed;
        });
        return command;
    }

    private static Command CreateDelete()
    {
        var command = new Command("delete", "Deletes dead letters for good. A key that one of them blocks goes on.");
        var selection = SelectionOptions.AddTo(command, ofDeadLetters: true, "All dead letters of all destinations.");
        var yes = Confirmation.Option();
        command.Add(yes);
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = selection.ReadNarrowed(parsed);
            using var client = admin.Connect(parsed);
            if (await ConfirmAsync(client, query, parsed.GetValue(yes), "This deletes for good", cancellationToken) == 0)
            {
                Console.WriteLine(parsed.GetValue(json) ? """{"deleted":0}""" : DeadLetterTexts.None);
                return ExitCodes.Done;
            }

            AddAll(query, selection.IsAll(parsed));
            var text = await client.DeleteAsync(ApiText.Query(ListPath, query), cancellationToken);
            var report = client.Read(text, AnswerJson.Default.DeletedReport);
            Console.WriteLine(parsed.GetValue(json) ? text : $"{ApiText.Spell(report.Deleted, "dead letter")} deleted");
            return ExitCodes.Done;
        });
        return command;
    }

    private static void AddAll(Dictionary<string, string> parameters, bool all)
    {
        if (all)
        {
            parameters["all"] = "true";
        }
    }

    /// <summary>Asks with the number that match now; one event by its id is not much, and nothing is nothing to ask about.</summary>
    private static async Task<long> ConfirmAsync(
        AdminClient client, Dictionary<string, string> filters, bool yes, string change, CancellationToken cancellationToken)
    {
        var query = new Dictionary<string, string>(filters) { ["limit"] = "1", ["total"] = "true" };
        var list = client.Read(await client.GetAsync(ApiText.Query(ListPath, query), cancellationToken), AnswerJson.Default.DeadLetterList);
        var total = list.Total ?? list.Items.Count;
        if (total > 0 && !filters.ContainsKey("id"))
        {
            var whose = filters.TryGetValue("destination", out var destination) ? destination : "all destinations";
            Confirmation.Ask(yes, $"{change} {ApiText.Spell(total, "dead letter")} of {whose}.");
        }

        return total;
    }
}
