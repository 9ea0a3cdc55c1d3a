using System.CommandLine;
using System.Text.Json;
using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>What the verbs that begin replays have in common: how fast, whether to wait, and what is said at the end.</summary>
internal sealed class ReplayOptions
{
    private readonly Option<string?> _rate = new("--rate") { Description = "Events a second at most. Left out: as fast as the destination takes them.", HelpName = "N" };
    private readonly Option<bool> _detach = new("--detach") { Description = "Returns as soon as the replay has begun, also on a terminal." };
    private readonly Option<bool> _wait = new("--wait") { Description = "Waits until the replay has ended, also without a terminal; exit code 1 if it did not end well." };
    private readonly Option<bool> _yes = Confirmation.Option();
    private readonly Option<bool> _json = SharedOptions.Json();

    public static ReplayOptions AddTo(Command command)
    {
        var options = new ReplayOptions();
        command.Add(options._rate);
        command.Add(options._detach);
        command.Add(options._wait);
        command.Add(options._yes);
        command.Add(options._json);
        command.Validators.Add(result =>
        {
            if (result.GetValue(options._detach) && result.GetValue(options._wait))
            {
                result.AddError("Give either --detach or --wait.");
            }
        });
        return options;
    }

    public bool IsConfirmed(ParseResult parsed) => parsed.GetValue(_yes);

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Adds what goes into the request.</summary>
    public void AddTo(Dictionary<string, string> request, ParseResult parsed)
    {
        if (parsed.GetValue(_rate) is { } rate)
        {
            request["rate"] = rate;
        }
    }

    /// <summary>Waits for what has begun, where it shall, and tells of it.</summary>
    /// <param name="client">The server.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="begun">The replays.</param>
    /// <param name="text">The answer that named them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<int> FinishAsync(AdminClient client, ParseResult parsed, IReadOnlyList<ReplayAnswer> begun, string text, CancellationToken cancellationToken)
    {
        var json = IsJson(parsed);
        var waits = parsed.GetValue(_wait) || (!parsed.GetValue(_detach) && !json && !Console.IsOutputRedirected);
        var ends = waits ? await new ReplayFollower(client).WaitAsync(begun, json, cancellationToken) : null;
        if (json)
        {
            Console.WriteLine(ends is null ? text : JsonSerializer.Serialize(new ReplayList { Replays = ends }, AnswerJson.Default.ReplayList));
        }
        else if (ends is null)
        {
            Tell(begun, waits, AdminOptions.Hint(client.Address));
        }
        else
        {
            foreach (var replay in ends)
            {
                var reason = replay.Reason is { } why ? $": {ApiText.Printable(why)}" : "";
                Console.WriteLine($"{replay.Id} to {replay.Destination} is {replay.State}, {ApiText.Spell(replay.Events, "event")}{reason}");
            }
        }

        return ends is null || ends.All(replay => replay.State == "done") ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Tell(IReadOnlyList<ReplayAnswer> begun, bool left, string hint)
    {
        foreach (var replay in begun)
        {
            Console.WriteLine(left
                ? $"{replay.Id} to {replay.Destination} goes on in the server."
                : $"{replay.Id} to {replay.Destination} has begun.");
            Console.WriteLine($"  postrider replay show {replay.Id}{hint}    how far it is");
            Console.WriteLine($"  postrider replay cancel {replay.Id}{hint}  ends it");
        }
    }
}
