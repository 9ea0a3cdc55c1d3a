namespace Postrider.WebConsole.Live;

/// <summary>The ids of the console's own log messages, beside the library's blocks and the executable's.</summary>
internal static class ConsoleLogEvents
{
    public const int StatusFailed = 9000;
}
