namespace Postrider.Server.Cli;

/// <summary>The ids of the executable's own log messages, beside the library's blocks.</summary>
internal static class ServerLogEvents
{
    // 8000 and 8001 were used before.
    public const int ExportFailed = 8002;
}
