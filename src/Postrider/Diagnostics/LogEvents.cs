namespace Postrider.Diagnostics;

/// <summary>The ids of all log messages: a block of 1000 for each folder, never reused.</summary>
internal static class LogEvents
{
    // Log: 1000

    // Gateway: 2000

    // Delivery: 3000

    // Destinations: 4000

    // Configuration: 5000

    // Operations: 6000
    public const int AdminCallRefused = 6000;
    public const int AdminCallFailed = 6001;
    public const int DestinationPaused = 6002;
    public const int DestinationResumed = 6003;

    // Library root: 7000
}
