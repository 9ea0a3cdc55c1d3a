using System.CommandLine;
using System.Globalization;
using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary><c>postrider status</c>: how a running server is doing.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var command = new Command("status", "Shows how a running server and its destinations are doing.");
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        var ready = new Option<bool>("--ready") { Description = "Only asks whether it is ready: exit code 0 if it is, 1 if not. For health checks." };
        command.Add(ready);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = admin.Connect(parsed);
            if (parsed.GetValue(ready))
            {
                // Answers 503 when it is not, which the client reports with the reason.
                await client.GetAsync("health/ready", cancellationToken);
                Console.WriteLine("ready");
                return ExitCodes.Done;
            }

            var text = await client.GetAsync("api/status", cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else
            {
                Write(Terminal.Create(), client.Address, client.Read(text, AnswerJson.Default.ServerStatus));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(IAnsiConsole console, Uri address, ServerStatus status)
    {
        var uptime = Durations.Spell(TimeProvider.System.GetUtcNow() - status.StartedAt);
        console.WriteLine($"postrider {status.Version} at {LocalHttp.Spell(address)}, {(status.Ready ? "ready" : "not ready")}, up {uptime}");
        console.WriteLine($"log {status.Log.Id}: {status.Log.State}, {Sizes.Spell(status.Log.Bytes)} of {Sizes.Spell(status.Log.LimitBytes)}, "
            + $"{Sizes.Spell(status.Log.UnsettledBytes)} not yet delivered everywhere");
        if (status.Log.Promise is { } promise)
        {
            console.WriteLine(promise);
        }

        if (status.Destinations.Count > 0)
        {
            console.Write(CreateTable(status.Destinations));
        }

        foreach (var destination in status.Destinations)
        {
            WriteWaits(console, destination);
        }

        Banner.WriteWarnings(Console.Out, status.Warnings);
    }

    private static Table CreateTable(IReadOnlyList<DestinationReport> destinations)
    {
        var table = Terminal.CreateTable("destination", "type", "state", "lag", "oldest", "in flight", "parked", "dead", "delivered", "failed", "waits");
        foreach (var column in table.Columns.Skip(3))
        {
            column.Alignment = Justify.Right;
        }

        foreach (var destination in destinations)
        {
            table.AddTexts(
                destination.Name,
                destination.Type,
                destination.State,
                Spell(destination.Lag),
                destination.OldestPendingSeconds is { } seconds ? Durations.Spell(TimeSpan.FromSeconds(seconds)) : "-",
                Spell(destination.InFlight),
                destination.ParkedEvents == 0 ? "0" : $"{Spell(destination.ParkedEvents)} of {Spell(destination.ParkedLanes)} keys",
                Spell(destination.DeadLetters),
                Spell(destination.Delivered),
                Spell(destination.FailedAttempts),
                SpellWait(destination));
        }

        return table;
    }

    // The reasons themselves are sentences: they stand below the table.
    private static void WriteWaits(IAnsiConsole console, DestinationReport destination)
    {
        if (destination.Waits.Count == 0 && destination.Reason is { } reason)
        {
            console.WriteLine($"{destination.Name} is {destination.State}: {reason}{(destination.Until is { } time ? $", {SpellUntil(time)}" : "")}");
        }

        foreach (var wait in destination.Waits)
        {
            console.WriteLine($"{destination.Name} waits for {wait.For}{(wait.Until is { } time ? $" {SpellUntil(time)}" : "")}: {wait.Reason}");
        }

        foreach (var line in ParkedKeyTexts.Describe(destination, TimeProvider.System.GetUtcNow()))
        {
            console.WriteLine(line);
        }
    }

    private static string SpellWait(DestinationReport destination) => destination switch
    {
        { Waits: [{ Until: { } time }] } => SpellUntil(time),
        { Waits.Count: > 0 } => string.Join(", ", destination.Waits.Select(wait => wait.For)),
        { Until: { } time } => SpellUntil(time),
        { Reason: not null } => "see below",
        _ => "-",
    };

    private static string SpellUntil(DateTimeOffset time) => $"until {time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}";

    private static string Spell(long count) => count.ToString(CultureInfo.InvariantCulture);
}
