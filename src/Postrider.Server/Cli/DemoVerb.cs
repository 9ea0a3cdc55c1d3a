using System.CommandLine;
using Postrider.Server.Demo;

namespace Postrider.Server.Cli;

/// <summary><c>postrider demo</c>: everything in one process.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var gateway = SharedOptions.Port("--gateway-port", "The gateway's port; 0 takes a free one.", 3000);
        var admin = SharedOptions.Port("--admin-port", "The admin listener's port.", 3001);
        var receivers = SharedOptions.Port("--receivers-port", "The receivers' port.", 5000);
        var seconds = SharedOptions.Number("--seconds", "Stops by itself after so long. 0: on Ctrl-C only.", 0, 0, 86_400);
        var keep = new Option<bool>("--keep") { Description = "Keeps the folder with the log." };

        var command = new Command("demo", "Runs server and sample receivers in one process on a fresh folder, with a trickle of sample events.")
        {
            gateway, admin, receivers, seconds, keep,
        };
        command.SetAction(async (parsed, _) =>
        {
            var stop = parsed.GetValue(seconds) is > 0 and var given ? TimeSpan.FromSeconds(given) : (TimeSpan?)null;
            var options = new DemoOptions(parsed.GetValue(gateway), parsed.GetValue(admin), parsed.GetValue(receivers), stop, parsed.GetValue(keep));
            await new DemoRun(options, TimeProvider.System, Console.Out).RunAsync();
            return ExitCodes.Done;
        });
        return command;
    }
}
