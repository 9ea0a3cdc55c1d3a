namespace Postrider.Server.Cli;

/// <summary>What the process says to whoever started it.</summary>
internal static class ExitCodes
{
    /// <summary>Done, or stopped in order.</summary>
    public const int Done = 0;

    /// <summary>Failed.</summary>
    public const int Failed = 1;

    /// <summary>The configuration or the command line is not valid.</summary>
    public const int BadUsage = 2;
}
