using System.Runtime.InteropServices;

namespace Postrider.Diagnostics;

/// <summary>Asks Linux about its clock.</summary>
internal static partial class SystemClock
{
    private const int Failed = -1;
    private const int Unsynchronized = 5;

    // struct timex is 208 bytes on 64-bit machines; its first member, modes, is 0: only asked, nothing set.
    private const int TimexLength = 256;

    /// <summary>Whether a time service keeps the clock; null: the system does not tell.</summary>
    public static unsafe bool? IsSynchronized()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var buffer = stackalloc byte[TimexLength];
        new Span<byte>(buffer, TimexLength).Clear();
        return adjtimex(buffer) switch
        {
            Failed => null,
            Unsynchronized => false,
            _ => true,
        };
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int adjtimex(byte* buffer);
}
