namespace Postrider.Log.Embedded;

/// <summary>Tells a full disk from a broken one.</summary>
internal static class StorageErrors
{
    private const int NoSpace = 28;
    private const int QuotaExceededOnLinux = 122;
    private const int QuotaExceededOnMac = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Whether time or deletions may cure the failure.</summary>
    public static bool IsOutOfSpace(Exception exception) => exception is IOException { HResult: var code } && (OperatingSystem.IsWindows()
        ? code is WindowsDiskFull or WindowsHandleDiskFull
        : code == NoSpace || code == (OperatingSystem.IsMacOS() ? QuotaExceededOnMac : QuotaExceededOnLinux));
}
