using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Postrider.Log.Embedded;

/// <summary>The calls of the C library that .NET does not offer.</summary>
internal static partial class Posix
{
    private const int ReadOnlyFlag = 0;
    private const int ExclusiveNonBlocking = 2 | 4;
    private const int Interrupted = 4;

    /// <summary>Data and size, but not the times: one journal commit less than fsync on most file systems.</summary>
    public static void SyncData(SafeFileHandle file)
    {
        while (fdatasync(file) != 0)
        {
            ThrowUnlessInterrupted("fdatasync");
        }
    }

    /// <summary>Extends the file with blocks that read as zeros; false where the file system cannot, or has no room.</summary>
    public static bool TryAllocate(SafeFileHandle file, long length) => fallocate(file, 0, 0, length) == 0;

    public static void SyncDirectory(string path)
    {
        using var directory = OpenForReading(path);
        while (fsync(directory) != 0)
        {
            ThrowUnlessInterrupted("fsync of the folder");
        }
    }

    /// <summary>Opens a file or folder without the advisory lock that .NET would ask for.</summary>
    public static SafeFileHandle OpenForReading(string path)
    {
        var descriptor = open(path, ReadOnlyFlag);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw Failure($"opening {path}", Marshal.GetLastPInvokeError());
    }

    /// <summary>Takes the file's advisory lock; it goes when the process does, however it dies.</summary>
    public static bool TryLock(SafeFileHandle file) => flock(file, ExclusiveNonBlocking) == 0;

    private static void ThrowUnlessInterrupted(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw Failure(call, error);
        }
    }

    private static IOException Failure(string call, int error) =>
        new($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
