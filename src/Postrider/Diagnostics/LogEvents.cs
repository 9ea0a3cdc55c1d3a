namespace Postrider.Diagnostics;

/// <summary>The ids of all log messages: a block of 1000 for each folder, never reused.</summary>
internal static class LogEvents
{
    // Log: 1000
    public const int LogOpened = 1000;
    public const int LogWriteFailed = 1001;
    public const int LogRollFailed = 1002;
    public const int LogListenerFailed = 1003;
    public const int LogTailCut = 1004;
    public const int LogStateReplaced = 1005;
    public const int LogTruncated = 1006;
    public const int LogTruncateFailed = 1007;
    public const int LogFull = 1008;
    public const int LogHasRoom = 1009;
    public const int LogStateOlder = 1010;

    // Gateway: 2000

    // Delivery: 3000

    // Destinations: 4000

    // Configuration: 5000

    // Operations: 6000

    // Library root: 7000
}
