using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Postrider.Log.Redis;

/// <summary>
/// A clock that nobody sets and that goes on while the machine sleeps or the process is stopped: a lease is over when it says so, however long
/// nobody ran. On Linux CLOCK_BOOTTIME; elsewhere the system's tick count, which counts sleep on Windows and may not on other systems.
/// </summary>
internal static partial class SuspensionClock
{
    private const int BootTime = 7;

    /// <summary>Milliseconds since the machine began.</summary>
    public static long Now => OperatingSystem.IsLinux() ? ReadBootTime() : Environment.TickCount64;

    [SupportedOSPlatform("linux")]
    private static long ReadBootTime() =>
        clock_gettime(BootTime, out var time) == 0 ? ((long)time.Seconds * 1000) + ((long)time.Nanoseconds / 1_000_000) : Environment.TickCount64;

    // Called before every attempt: it takes no lock and never blocks, so the runtime need not prepare for a long call.
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
