using System.CommandLine;
using System.Globalization;
using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary><c>postrider replay</c>: delivers the log's events to a destination again, and shows and ends replays of all kinds.</summary>
internal static class ReplayVerb
{
    public static Command Create()
    {
        var command = new Command("replay", "Delivers events of the log to one destination again, in order for each key. For dead letters see `postrider dead-letters replay`.");
        var selection = SelectionOptions.AddTo(command, ofDeadLetters: false, "All that the log holds and routes there.");
        var skipped = new Option<string?>("--skipped") { Description = "Exactly a range that was given up: its id, as `postrider replay skipped` lists it.", HelpName = "ID" };
        command.Add(skipped);
        var replay = ReplayOptions.AddTo(command);
        var admin = AdminOptions.AddTo(command);
        command.Add(CreateList());
        command.Add(CreateShow());
        command.Add(CreateCancel());
        command.Add(CreateSkipped());
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var range = parsed.GetValue(skipped);
            var request = range is null ? selection.ReadNarrowed(parsed, ignoring: "destination") : selection.Read(parsed);
            if (!request.TryGetValue("destination", out var destination))
            {
                throw new CliException("say to which destination: --destination NAME.", ExitCodes.BadUsage);
            }

            using var client = admin.Connect(parsed);
            if (!replay.IsConfirmed(parsed) && !request.ContainsKey("id"))
            {
                Confirmation.Ask(false, await DescribeAsync(client, destination, range, cancellationToken));
            }

            request["source"] = "log";
            if (range is not null)
            {
                request["skipped"] = range;
            }

            replay.AddTo(request, parsed);
            var text = await client.PostAsync("api/replays", ApiText.Body(request), cancellationToken);
            return await replay.FinishAsync(client, parsed, [client.Read(text, AnswerJson.Default.ReplayAnswer)], text, cancellationToken);
        });
        return command;
    }

    private static async Task<string> DescribeAsync(AdminClient client, string destination, string? range, CancellationToken cancellationToken)
    {
        if (range is not null)
        {
            var text = await client.GetAsync(ApiText.Query("api/skipped", [new("destination", destination), new("limit", "1000")]), cancellationToken);
            var found = client.Read(text, AnswerJson.Default.SkippedRangeList).Items.FirstOrDefault(item => item.Id == range);
            return found is null
                ? $"This delivers the range {range} to {destination}."
                : $"This delivers {ApiText.Spell(found.Events, "event")} that {destination} was spared at {ApiText.Spell(found.At)}.";
        }

        var status = client.Read(await client.GetAsync("api/status", cancellationToken), AnswerJson.Default.ServerStatus);
        var most = status.Log.Partitions.Sum(partition => partition.EndPosition - partition.FirstPosition);
        return $"This delivers those of the log's {ApiText.Spell(most, "event")} that match and are routed to {destination} to it again.";
    }

    private static Command CreateList()
    {
        var command = new Command("list", "Lists the replays, newest first.");
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = admin.Connect(parsed);
            var text = await client.GetAsync("api/replays", cancellationToken);
            var replays = client.Read(text, AnswerJson.Default.ReplayList).Replays;
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else if (replays.Count == 0)
            {
                Console.WriteLine("There are no replays.");
            }
            else
            {
                Terminal.Create().Write(CreateTable(replays));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateShow() => CreateOne(
        "show", "Shows how a replay is doing.", (client, path, cancellationToken) => client.GetAsync(path, cancellationToken));

    private static Command CreateCancel() => CreateOne(
        "cancel",
        "Ends a replay where it stands. What it has put back already is still delivered.",
        (client, path, cancellationToken) => client.PostAsync($"{path}/cancel", null, cancellationToken));

    private static Command CreateOne(string verb, string description, Func<AdminClient, string, CancellationToken, Task<string>> ask)
    {
        var id = new Argument<string>("id") { Description = "The replay's id.", HelpName = "ID" };
        var command = new Command(verb, description) { id };
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = admin.Connect(parsed);
            var text = await ask(client, $"api/replays/{ApiText.Segment(parsed.GetRequiredValue(id))}", cancellationToken);
            var replay = client.Read(text, AnswerJson.Default.ReplayAnswer);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else
            {
                Terminal.Create().Write(CreateTable([replay]));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateSkipped()
    {
        var destination = DestinationNames.Complete(new Option<string?>("--destination") { Description = "The destination.", HelpName = "NAME" });
        var command = new Command("skipped", "Lists the ranges that were given up, newest first.") { destination };
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = admin.Connect(parsed);
            var filters = parsed.GetValue(destination) is { } name ? new Dictionary<string, string> { ["destination"] = name } : [];
            var text = await client.GetAsync(ApiText.Query("api/skipped", filters), cancellationToken);
            var ranges = client.Read(text, AnswerJson.Default.SkippedRangeList).Items;
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else if (ranges.Count == 0)
            {
                Console.WriteLine("Nothing was given up as a range.");
            }
            else
            {
                var table = Terminal.CreateTable("id", "destination", "events", "positions", "at", "reason");
                foreach (var range in ranges)
                {
                    var positions = $"{ApiText.Spell(range.From)} to {ApiText.Spell(range.Before - 1)}";
                    table.AddTexts(range.Id, range.Destination, ApiText.Spell(range.Events), positions, ApiText.Spell(range.At), ApiText.Printable(range.Reason));
                }

                Terminal.Create().Write(table);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Table CreateTable(IReadOnlyList<ReplayAnswer> replays)
    {
        var table = Terminal.CreateTable("id", "destination", "of", "state", "done", "events", "rate", "begun", "ended", "reason");
        foreach (var replay in replays)
        {
            table.AddTexts(
                replay.Id,
                replay.Destination,
                replay.Source,
                replay.State,
                string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(replay.Part * 100)} %"),
                ApiText.Spell(replay.Events),
                replay.Rate is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate}/s") : "-",
                ApiText.Spell(replay.CreatedAt),
                ApiText.Spell(replay.FinishedAt),
                ApiText.Printable(replay.Reason));
        }

        return table;
    }
}
