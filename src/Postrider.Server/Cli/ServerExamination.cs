using System.Net;
using Postrider.Diagnostics;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>Examines the server that runs, if one does.</summary>
internal sealed class ServerExamination(AdminClient client, bool isAsked)
{
    private const string Area = "server";

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var subject = LocalHttp.Spell(client.Address);
        using var _ = client;
        try
        {
            await client.GetAsync("health/ready", cancellationToken);
            var status = client.Read(await client.GetAsync(StatusVerb.Path, cancellationToken), AnswerJson.Default.ServerStatus);
            return [Finding.Ok(Area, subject, $"ready, version {status.Version}"), .. Describe(subject, status)];
        }
        catch (CliException exception) when (exception.Status is HttpStatusCode.ServiceUnavailable)
        {
            return [Finding.Error(Area, subject, $"it is not ready: {exception.Message}", "Look at the reason, and into the server's log.")];
        }
        catch (CliException exception) when (exception.Status is null && !isAsked)
        {
            // Before the first start that is how it should be.
            return [Finding.Ok(Area, subject, "no server runs there now")];
        }
        catch (CliException exception)
        {
            return [Finding.Error(Area, subject, exception.Message, exception.Status is HttpStatusCode.Unauthorized ? "Give the token with --token, or in POSTRIDER_TOKEN." : "Start it, or name its admin listener with --admin URL.")];
        }
    }

    private static IEnumerable<Finding> Describe(string subject, ServerStatus status)
    {
        if (status.Version != ProductVersion.Text)
        {
            yield return Finding.Warning(Area, subject, $"it is version {status.Version}, this command is {ProductVersion.Text}", "Use the command of the server's version.");
        }

        foreach (var warning in status.Warnings)
        {
            yield return Finding.Warning(Area, subject, warning, "See `postrider status`.");
        }

        foreach (var destination in status.Destinations.Where(destination => destination.State != "running"))
        {
            yield return Finding.Warning(
                Area, destination.Name, $"it is {destination.State}: {destination.Reason ?? "no reason is given"}; {ApiText.Spell(destination.Lag)} events wait",
                destination.State is "paused" or "disabled" ? $"postrider resume {destination.Name}" : $"Repair what the reason says; postrider test {destination.Name} tries it.");
        }

        foreach (var destination in status.Destinations.Where(destination => destination.DeadLetters > 0))
        {
            yield return Finding.Warning(
                Area, destination.Name, $"it gave up on {ApiText.Spell(destination.DeadLetters, "event")}",
                $"postrider dead-letters list --destination {destination.Name}");
        }
    }
}
