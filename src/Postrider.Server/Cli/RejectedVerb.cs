using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider rejected</c>: events that the gateway could not use although it took the rest of their request.</summary>
internal static class RejectedVerb
{
    private const string Path = "api/rejected-events";

    public static Command Create() => new("rejected", "Lists and deletes the events of batches that the gateway could not use.")
    {
        CreateList(), CreateDelete(),
    };

    private static Option<string?> Source() => new("--source") { Description = "Those of this source.", HelpName = "NAME" };

    private static Command CreateList()
    {
        var command = new Command("list", "Lists rejected events, newest first, with the beginning of what came.");
        var source = Source();
        var limit = SharedOptions.Number("--limit", "How many at most.", 100, 1, 1000);
        var cursor = new Option<string?>("--cursor") { Description = "Goes on where the list before ended.", HelpName = "CURSOR" };
        command.Add(source);
        command.Add(limit);
        command.Add(cursor);
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = new Dictionary<string, string> { ["limit"] = ApiText.Spell(parsed.GetValue(limit)) };
            Add(query, "source", parsed.GetValue(source));
            Add(query, "cursor", parsed.GetValue(cursor));
            using var client = admin.Connect(parsed);
            var text = await client.GetAsync(ApiText.Query(Path, query), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else
            {
                RejectedTexts.Write(client.Read(text, AnswerJson.Default.RejectedEventList));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDelete()
    {
        var command = new Command("delete", "Deletes rejected events for good: those of a source, or all.");
        var source = Source();
        var all = new Option<bool>("--all") { Description = "Those of all sources." };
        var yes = Confirmation.Option();
        command.Add(source);
        command.Add(all);
        command.Add(yes);
        command.Validators.Add(result =>
        {
            if (result.GetValue(source) is null != result.GetValue(all))
            {
                result.AddError("Say which: --source NAME, or --all.");
            }
        });
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(source);
            using var client = admin.Connect(parsed);
            if (await ConfirmAsync(client, name, parsed.GetValue(yes), cancellationToken) == 0)
            {
                Console.WriteLine(parsed.GetValue(json) ? """{"deleted":0}""" : RejectedTexts.None);
                return ExitCodes.Done;
            }

            var query = new Dictionary<string, string>();
            Add(query, "source", name);
            Add(query, "all", name is null ? "true" : null);
            var text = await client.DeleteAsync(ApiText.Query(Path, query), cancellationToken);
            var report = client.Read(text, AnswerJson.Default.DeletedReport);
            Console.WriteLine(parsed.GetValue(json) ? text : $"{ApiText.Spell(report.Deleted, "rejected event")} deleted");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Asks with the number that there are now; nothing is nothing to ask about.</summary>
    private static async Task<long> ConfirmAsync(AdminClient client, string? source, bool yes, CancellationToken cancellationToken)
    {
        var query = new Dictionary<string, string> { ["limit"] = "1", ["total"] = "true" };
        Add(query, "source", source);
        var list = client.Read(await client.GetAsync(ApiText.Query(Path, query), cancellationToken), AnswerJson.Default.RejectedEventList);
        var total = list.Total ?? list.Items.Count;
        if (total > 0)
        {
            Confirmation.Ask(yes, $"This deletes for good {ApiText.Spell(total, "rejected event")} of {(source is null ? "all sources" : $"source {source}")}.");
        }

        return total;
    }

    private static void Add(Dictionary<string, string> query, string name, string? value)
    {
        if (value is not null)
        {
            query[name] = value;
        }
    }
}
