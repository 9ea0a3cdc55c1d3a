using System.CommandLine;

namespace Postrider.Server.Cli;

/// <summary>Asks before much is changed at once.</summary>
internal static class Confirmation
{
    public static Option<bool> Option() => new("--yes", "-y") { Description = "Does not ask." };

    /// <summary>Ends the verb unless someone says yes.</summary>
    /// <param name="yes">Said already.</param>
    /// <param name="change">What is about to happen, as a sentence.</param>
    public static void Ask(bool yes, string change)
    {
        if (yes)
        {
            return;
        }

        if (Console.IsInputRedirected)
        {
            throw new CliException($"{change} This asks first, and nobody is there to answer: give --yes.", ExitCodes.BadUsage);
        }

        Console.Write($"{change} Go on? [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new CliException("nothing was changed.");
        }
    }
}
