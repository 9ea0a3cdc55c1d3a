using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider status</c>: how a running server is doing.</summary>
internal static class StatusVerb
{
    public const string Path = "api/status";

    public static Command Create()
    {
        var command = new Command("status", "Shows how a running server and its destinations are doing: who is late, by how much, why, and until when.");
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        var watch = new Option<bool>("--watch", "-w") { Description = "Goes on until Ctrl-C, with rates a second; the destinations that need eyes come first. With --json: one answer a line." };
        var interval = SharedOptions.Duration("--interval", "How often --watch looks.", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100));
        var ready = new Option<bool>("--ready") { Description = "Only asks whether it is ready: exit code 0 if it is, 1 if not. For health checks." };
        command.Add(watch);
        command.Add(interval);
        command.Add(ready);
        command.Validators.Add(result =>
        {
            if (result.GetValue(ready) && result.GetValue(watch))
            {
                result.AddError("Give either --ready or --watch.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = admin.Connect(parsed);
            if (parsed.GetValue(ready))
            {
                // Answers 503 when it is not, which the client reports with the reason.
                await client.GetAsync("health/ready", cancellationToken);
                Console.WriteLine("ready");
            }
            else if (parsed.GetValue(watch))
            {
                await new StatusWatch(client, parsed.GetValue(interval), parsed.GetValue(json)).RunAsync(cancellationToken);
            }
            else
            {
                await ShowAsync(client, parsed.GetValue(json), cancellationToken);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task ShowAsync(AdminClient client, bool json, CancellationToken cancellationToken)
    {
        var text = await client.GetAsync(Path, cancellationToken);
        if (json)
        {
            Console.WriteLine(text);
        }
        else
        {
            StatusTexts.Write(Terminal.Create(), client.Address, client.Read(text, AnswerJson.Default.ServerStatus));
        }
    }
}
