using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider tail</c>: events as they are stored, attempts as they end.</summary>
internal static class TailVerb
{
    public static Command Create()
    {
        var kind = new Option<string?>("--kind") { Description = "Only events as they are stored, or only attempts as they end. Left out: both.", HelpName = "events|attempts" };
        kind.AcceptOnlyFromAmong("events", "attempts");
        var source = new Option<string?>("--source") { Description = "Only events of this source.", HelpName = "NAME" };
        var destination = DestinationNames.Complete(new Option<string?>("--destination") { Description = "Only attempts to this destination.", HelpName = "NAME" });
        var key = new Option<string?>("--key") { Description = "Only of this key: the userId.", HelpName = "KEY" };
        var type = new Option<string?>("--type") { Description = "Only of this type.", HelpName = "TYPE" };
        var failed = new Option<bool>("--failed") { Description = "Of attempts, only those that failed." };
        var count = SharedOptions.Number("--count", "Ends after so many lines. 0: on Ctrl-C only.", 0, 0, int.MaxValue);
        var json = new Option<bool>("--json") { Description = "Prints one JSON object a line." };
        var command = new Command("tail", "Shows events as a running server stores them, and attempts as they end, until Ctrl-C. When the server goes away it waits for it.")
        {
            kind, source, destination, key, type, failed, count, json,
        };
        var admin = AdminOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = new Dictionary<string, string>();
            foreach (var option in new[] { kind, source, destination, key, type })
            {
                if (parsed.GetValue(option) is { Length: > 0 } value)
                {
                    query[option.Name.TrimStart('-')] = value;
                }
            }

            if (parsed.GetValue(failed))
            {
                query["failed"] = "true";
            }

            using var client = admin.Connect(parsed);
            var lines = new TailLines(parsed.GetValue(json), client);
            await new TailReader(client, ApiText.Query("api/tail", query), lines, parsed.GetValue(count)).RunAsync(cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }
}
