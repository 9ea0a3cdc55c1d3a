using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary><c>postrider pause</c>, <c>resume</c> and <c>disable</c>: what holds a destination back and lets it go.</summary>
internal static class DestinationVerbs
{
    public static Command CreatePause() => Create(
        "pause", "Pauses a destination: nothing is attempted until it is resumed, over restarts too. It keeps its backlog.", "is paused; it keeps its backlog");

    public static Command CreateResume() => Create("resume", "Ends a destination's pause or disablement.", "goes on");

    public static Command CreateDisable()
    {
        var reason = new Option<string?>("--reason") { Description = "Why, for whoever looks at the status.", HelpName = "TEXT" };
        var command = Create(
            "disable",
            "Disables a destination until it is resumed, as its own answer 410 may do. It keeps its backlog.",
            "is disabled until it is resumed; it keeps its backlog",
            parsed => parsed.GetValue(reason) is { Length: > 0 } why ? ApiText.Body([new("reason", why)]) : null);
        command.Add(reason);
        return command;
    }

    public static Argument<string> Destination() =>
        DestinationNames.Complete(new Argument<string>("destination") { Description = "The destination's name.", HelpName = "DESTINATION" });

    public static string PathOf(string destination, string verb) => $"api/destinations/{ApiText.Segment(destination)}/{verb}";

    private static Command Create(string verb, string description, string done, Func<ParseResult, string?>? body = null)
    {
        var destination = Destination();
        var command = new Command(verb, description) { destination };
        var admin = AdminOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(destination);
            using var client = admin.Connect(parsed);
            await client.PostAsync(PathOf(name, verb), body?.Invoke(parsed), cancellationToken);
            Console.WriteLine($"{name} {done}");
            return ExitCodes.Done;
        });
        return command;
    }
}
