using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Postrider.Operations;
using Spectre.Console;

namespace Postrider.Server.Cli;

/// <summary><c>postrider status</c>: how a running server is doing.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var admin = SharedOptions.Address("--admin", "The admin listener.", "http://127.0.0.1:3001");
        var token = SharedOptions.Token();
        var json = new Option<bool>("--json") { Description = "Prints the server's answer as it is." };

        var command = new Command("status", "Shows how a running server and its destinations are doing.") { admin, token, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = parsed.GetRequiredValue(admin);
            var text = await AskAsync(address, parsed.GetValue(token) ?? Environment.GetEnvironmentVariable(SharedOptions.TokenVariable), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else
            {
                Write(Terminal.Create(), address, Read(address, text));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<string> AskAsync(Uri address, string? token, CancellationToken cancellationToken)
    {
        using var client = LocalHttp.Create(address);
        if (!string.IsNullOrEmpty(token))
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            var target = new Uri(new Uri(address.AbsoluteUri.TrimEnd('/') + "/"), "api/status");
            using var response = await client.GetAsync(target, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.StatusCode is HttpStatusCode.OK ? text : throw Refused(address, response.StatusCode, text);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            throw LocalHttp.Unreachable(address, exception);
        }
    }

    private static CliException Refused(Uri address, HttpStatusCode status, string text)
    {
        string? error = null;
        try
        {
            using var answer = JsonDocument.Parse(text);
            error = answer.RootElement.GetProperty("error").GetString();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Not our server, or a proxy before it: the status must do.
        }

        return new CliException($"{LocalHttp.Spell(address)} answered {(int)status}: {error ?? "no message"}");
    }

    private static ServerStatus Read(Uri address, string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, StatusJson.Default.ServerStatus) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new CliException($"{LocalHttp.Spell(address)} did not answer with a status: is it the admin listener of a Postrider server?");
        }
    }

    private static void Write(IAnsiConsole console, Uri address, ServerStatus status)
    {
        var uptime = Durations.Spell(TimeProvider.System.GetUtcNow() - status.StartedAt);
        console.WriteLine($"postrider {status.Version} at {LocalHttp.Spell(address)}, {(status.Ready ? "ready" : "not ready")}, up {uptime}");
        console.WriteLine($"log {status.Log.Id}: {status.Log.State}, {Sizes.Spell(status.Log.Bytes)} of {Sizes.Spell(status.Log.LimitBytes)}, "
            + $"{Sizes.Spell(status.Log.UnsettledBytes)} not yet delivered everywhere");
        if (status.Destinations.Count > 0)
        {
            console.Write(CreateTable(status.Destinations));
        }

        foreach (var destination in status.Destinations.Where(destination => destination.Reason is not null))
        {
            var until = destination.Until is { } time ? $", until {time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}" : "";
            console.WriteLine($"{destination.Name} is {destination.State}: {destination.Reason}{until}");
        }

        Banner.WriteWarnings(Console.Out, status.Warnings);
    }

    private static Table CreateTable(IReadOnlyList<DestinationReport> destinations)
    {
        var table = Terminal.CreateTable("destination", "type", "state", "lag", "oldest", "in flight", "parked", "dead", "delivered", "failed");
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
                Spell(destination.FailedAttempts));
        }

        return table;
    }

    private static string Spell(long count) => count.ToString(CultureInfo.InvariantCulture);
}
