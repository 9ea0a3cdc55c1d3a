using System.CommandLine;
using System.Globalization;
using System.Net;
using Postrider.Server.Receivers;

namespace Postrider.Server.Cli;

/// <summary><c>postrider receivers</c>: two sample webhook receivers.</summary>
internal static class ReceiversVerb
{
    public static Command Create()
    {
        var port = SharedOptions.Port("--port", "The port; 0 takes a free one.", 5000);
        var address = new Option<IPAddress>("--address")
        {
            Description = "The address to listen on.",
            HelpName = "IP",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result =>
            {
                if (IPAddress.TryParse(result.Tokens[0].Value, out var parsed))
                {
                    return parsed;
                }

                result.AddError($"'{result.Tokens[0].Value}' is no IP address.");
                return null;
            },
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Prints no line for each event." };
        var failRate = CreateFailRate();
        var delay = CreateDelay();

        var command = new Command("receivers", "Runs two sample webhook receivers, /webhook1 and /webhook2, that print what arrives.") { port, address, quiet, failRate, delay };
        command.SetAction(async (parsed, _) =>
        {
            var options = new ReceiverOptions
            {
                Address = parsed.GetRequiredValue(address),
                Port = parsed.GetValue(port),
                FailRate = parsed.GetValue(failRate),
                Delay = parsed.GetValue(delay),
                Print = parsed.GetValue(quiet) ? null : Console.WriteLine,
            };
            await using var receivers = await ReceiverServer.StartAsync(options);
            Console.WriteLine($"receivers at {receivers.Address}webhook1 and {receivers.Address}webhook2; Ctrl-C stops them");
            await receivers.WaitForShutdownAsync();
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<double> CreateFailRate()
    {
        var option = new Option<double>("--fail-rate")
        {
            Description = "The share of events that is answered 500, from 0 to 1.",
            HelpName = "SHARE",
            CustomParser = result =>
            {
                if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1)
                {
                    return share;
                }

                result.AddError("--fail-rate must be a number from 0 to 1, as 0.25.");
                return 0;
            },
        };
        return option;
    }

    private static Option<TimeSpan> CreateDelay() => new("--delay")
    {
        Description = "How long each answer waits, as 200ms or 2s.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (Durations.TryParse(result.Tokens[0].Value, out var duration))
            {
                return duration;
            }

            result.AddError("--delay must be a duration, as 200ms or 2s.");
            return default;
        },
    };
}
