namespace Postrider.Server.Cli;

/// <summary>The ids of the executable's own log messages, beside the library's blocks.</summary>
internal static class ServerLogEvents
{
    public const int ConfigError = 8000;
    public const int ReloadFailed = 8001;
    public const int ExportFailed = 8002;
}
