using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider skip</c>: gives up the oldest part of a destination's backlog.</summary>
internal static class SkipVerb
{
    public static Command Create()
    {
        var destination = DestinationVerbs.Destination();
        var before = new Option<string?>("--before") { Description = "Events received before this time: 2026-01-31T08:00:00Z, or how long ago, as 24h.", HelpName = "TIME" };
        var all = new Option<bool>("--all") { Description = "All that waits now." };
        var yes = Confirmation.Option();
        var command = new Command(
            "skip",
            "Gives up the oldest part of a destination's backlog. It is recorded, and `postrider replay --skipped ID` gets it back while the log holds it.")
        {
            destination, before, all, yes,
        };
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(destination);
            var time = parsed.GetValue(before);
            if (time is null == !parsed.GetValue(all))
            {
                throw new CliException("say which part: either --before TIME, or --all.", ExitCodes.BadUsage);
            }

            using var client = admin.Connect(parsed);
            if (!parsed.GetValue(yes))
            {
                Confirmation.Ask(false, await DescribeAsync(client, name, time, cancellationToken));
            }

            var body = time is null ? ApiText.Body([new("all", "true")]) : ApiText.Body([new("before", time)]);
            var text = await client.PostAsync(DestinationVerbs.PathOf(name, "skip"), body, cancellationToken);
            var report = client.Read(text, AnswerJson.Default.SkipReport);
            Console.WriteLine(parsed.GetValue(json)
                ? text
                : $"{name}: {ApiText.Spell(report.Events, "event")} given up, {ApiText.Spell(report.Positions, "position")} of the log passed over");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<string> DescribeAsync(AdminClient client, string name, string? before, CancellationToken cancellationToken)
    {
        var status = client.Read(await client.GetAsync("api/status", cancellationToken), AnswerJson.Default.ServerStatus);
        var destination = status.Destinations.FirstOrDefault(report => report.Name == name)
            ?? throw new CliException($"there is no destination '{name}'. Known: {string.Join(", ", status.Destinations.Select(report => report.Name))}.");
        var backlog = $"{name}'s backlog of {ApiText.Spell(destination.Lag, "event")}";
        return before is null ? $"This gives up {backlog}." : $"This gives up, of {backlog}, those received before {before}.";
    }
}
