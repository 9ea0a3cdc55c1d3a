using System.Globalization;
using Postrider.Operations;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Postrider.Server.Cli;

/// <summary>A server's status for people.</summary>
internal static class StatusTexts
{
    /// <summary>All of it, for one look.</summary>
    public static void Write(IAnsiConsole console, Uri address, ServerStatus status)
    {
        foreach (var line in Head(address, status, null))
        {
            console.WriteLine(line);
        }

        if (status.Members.Count > 1)
        {
            console.Write(CreateTable(status.Members));
        }

        if (status.Destinations.Count > 0)
        {
            console.Write(CreateTable(status.Destinations));
        }

        foreach (var line in status.Destinations.SelectMany(Waits))
        {
            console.WriteLine(line);
        }

        Banner.WriteWarnings(Console.Out, status.Warnings);
    }

    /// <summary>All of it, with rates, for one of many looks. The destinations that need eyes come first.</summary>
    public static IRenderable Compose(Uri address, ServerStatus status, StatusRates? rates, string? note)
    {
        var parts = new List<IRenderable>();
        if (note is not null)
        {
            parts.Add(new Text(note, new Style(Color.Red)));
        }

        parts.AddRange(Head(address, status, rates).Select(line => new Text(line)));
        if (status.Members.Count > 1)
        {
            parts.Add(CreateTable(status.Members));
        }

        var destinations = status.Destinations
            .OrderBy(destination => destination.State == "running" ? 1 : 0)
            .ThenByDescending(destination => destination.OldestPendingSeconds ?? 0)
            .ThenBy(destination => destination.Name, StringComparer.Ordinal)
            .ToArray();
        if (destinations.Length > 0)
        {
            parts.Add(CreateTable(destinations, rates));
        }

        parts.AddRange(status.Warnings.Select(warning => new Text($"warning: {ApiText.Printable(warning)}", new Style(Color.Yellow))));
        parts.AddRange(destinations.SelectMany(Waits).Select(line => new Text(line)));
        return new Rows(parts);
    }

    private static IEnumerable<string> Head(Uri address, ServerStatus status, StatusRates? rates)
    {
        var uptime = Durations.Spell(TimeProvider.System.GetUtcNow() - status.StartedAt);
        var accepted = rates is null ? "" : $", {Spell(rates.Accepted)} events/s accepted";
        yield return $"postrider {status.Version} at {LocalHttp.Spell(address)}, {(status.Ready ? "ready" : "not ready")}, up {uptime}{accepted}";
        yield return $"log {status.Log.Id}: {status.Log.State}, {Sizes.Spell(status.Log.Bytes)} of {Sizes.Spell(status.Log.LimitBytes)}, "
            + $"{Sizes.Spell(status.Log.UnsettledBytes)} not yet delivered everywhere";
        if (status.Log.Promise is { } promise && rates is null)
        {
            yield return promise;
        }
    }

    private static Table CreateTable(IReadOnlyList<MemberReport> members)
    {
        var table = Terminal.CreateTable("role", "host", "process", "version", "configuration", "partitions", "up");
        foreach (var member in members)
        {
            table.AddTexts(
                member.Self ? $"{member.Role} (this)" : member.Role,
                member.Host,
                Spell(member.ProcessId),
                member.Version,
                member.ConfigHash,
                member.Role == "gateway" ? "-" : Spell(member.Partitions.Count),
                Durations.Spell(TimeProvider.System.GetUtcNow() - member.StartedAt));
        }

        return table;
    }

    private static Table CreateTable(IReadOnlyList<DestinationReport> destinations)
    {
        var table = Terminal.CreateTable("destination", "type", "state", "lag", "oldest", "in flight", "parked", "dead", "delivered", "failed", "waits");
        AlignRight(table, from: 3);
        foreach (var destination in destinations)
        {
            table.AddTexts([.. First(destination), ApiText.Spell(destination.Delivered), ApiText.Spell(destination.FailedAttempts), Wait(destination)]);
        }

        return table;
    }

    private static Table CreateTable(IReadOnlyList<DestinationReport> destinations, StatusRates? rates)
    {
        var table = Terminal.CreateTable("destination", "type", "state", "lag", "oldest", "in flight", "parked", "dead", "delivered/s", "failed/s", "waits");
        AlignRight(table, from: 3);
        foreach (var destination in destinations)
        {
            var rate = rates?.Of(destination.Name);
            string[] cells = [.. First(destination), Spell(rate?.Delivered), Spell(rate?.Failed), Wait(destination)];
            var style = destination.State == "running" ? Style.Plain : new Style(destination.State is "paused" or "disabled" ? Color.Yellow : Color.Red);
            table.AddRow(cells.Select((cell, index) => new Text(cell, index == 2 ? style : Style.Plain)));
        }

        return table;
    }

    private static void AlignRight(Table table, int from)
    {
        foreach (var column in table.Columns.Skip(from))
        {
            column.Alignment = Justify.Right;
        }
    }

    // What both tables begin with.
    private static string[] First(DestinationReport destination) =>
    [
        destination.Name,
        destination.Type,
        destination.State,
        ApiText.Spell(destination.Lag),
        destination.OldestPendingSeconds is { } seconds ? Durations.Spell(TimeSpan.FromSeconds(seconds)) : "-",
        ApiText.Spell(destination.InFlight),
        destination.ParkedEvents == 0 ? "0" : $"{ApiText.Spell(destination.ParkedEvents)} of {ApiText.Spell(destination.ParkedLanes)} keys",
        ApiText.Spell(destination.DeadLetters),
    ];

    // The reasons themselves are sentences: they stand below the table.
    private static IEnumerable<string> Waits(DestinationReport destination)
    {
        if (destination.Waits.Count == 0 && destination.Reason is { } reason)
        {
            yield return $"{destination.Name} is {destination.State}: {ApiText.Printable(reason)}{(destination.Until is { } time ? $", {Until(time)}" : "")}";
        }

        foreach (var wait in destination.Waits)
        {
            yield return $"{destination.Name} waits for {wait.For}{(wait.Until is { } time ? $" {Until(time)}" : "")}: {ApiText.Printable(wait.Reason)}";
        }

        foreach (var line in ParkedKeyTexts.Describe(destination, TimeProvider.System.GetUtcNow()))
        {
            yield return line;
        }
    }

    private static string Wait(DestinationReport destination) => destination switch
    {
        { Waits: [{ Until: { } time }] } => Until(time),
        { Waits.Count: > 0 } => string.Join(", ", destination.Waits.Select(wait => wait.For)),
        { Until: { } time } => Until(time),
        { Reason: not null } => "see below",
        _ => "-",
    };

    private static string Until(DateTimeOffset time) => $"until {time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}";

    private static string Spell(double? rate) => rate switch
    {
        null => "-",
        >= 10 => rate.Value.ToString("0", CultureInfo.InvariantCulture),
        _ => rate.Value.ToString("0.#", CultureInfo.InvariantCulture),
    };
}
