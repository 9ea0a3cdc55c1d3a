using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Postrider.Server.Cli;

/// <summary><c>postrider test</c>: one attempt to a destination with an event that is none of the log's.</summary>
internal static class TestVerb
{
    public static Command Create()
    {
        var destination = DestinationVerbs.Destination();
        var data = new Option<string?>("--data") { Description = $"What to send: {Payloads.Forms} Left out: a small sample of a user postrider-test. A database that keeps a document for each key replaces that of a real one.", HelpName = "JSON" };
        var command = new Command("test", "Sends a test event to a destination, once, and says how it went; exit code 1 if it was not delivered.") { destination, data };
        var admin = AdminOptions.AddTo(command);
        var json = SharedOptions.Json();
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(destination);
            var body = parsed.GetValue(data) is { } given ? await Payloads.ReadAsync(given, cancellationToken) : null;
            CheckJson(body);
            using var client = admin.Connect(parsed);
            var text = await client.PostAsync(DestinationVerbs.PathOf(name, "test"), body, cancellationToken);
            var report = client.Read(text, AnswerJson.Default.TestReport);
            var delivered = report.Outcome == "delivered";
            if (parsed.GetValue(json))
            {
                Console.WriteLine(text);
            }
            else
            {
                var status = report.Status is { } code ? string.Create(CultureInfo.InvariantCulture, $" with {code}") : "";
                var why = report.Reason is { } reason ? $": {ApiText.Printable(reason)}" : "";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {report.Outcome}{status} in {report.Milliseconds} ms{why}"));
                Console.WriteLine($"  event   {ApiText.Printable(report.EventId)}");
                if (!string.IsNullOrEmpty(report.Answer))
                {
                    Console.WriteLine($"  answer  {ApiText.Printable(report.Answer)}");
                }
            }

            return delivered ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static void CheckJson(string? body)
    {
        try
        {
            using var document = body is null ? null : JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            throw new CliException($"--data is no JSON: {exception.Message}", ExitCodes.BadUsage);
        }
    }
}
