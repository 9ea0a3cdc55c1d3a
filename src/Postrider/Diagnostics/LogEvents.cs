namespace Postrider.Diagnostics;

/// <summary>The ids of all log messages: a block of 1000 for each folder, never reused.</summary>
internal static class LogEvents
{
    // Log: 1000

    // Gateway: 2000
    public const int PublishFailed = 2000;
    public const int CertificateLoaded = 2001;
    public const int CertificateUnusable = 2002;

    // Delivery: 3000

    // Destinations: 4000

    // Configuration: 5000

    // Operations: 6000

    // Library root: 7000
}
