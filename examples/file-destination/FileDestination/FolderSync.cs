using System.Runtime.InteropServices;

namespace Example.Files;

/// <summary>Makes the names in a folder durable: a synced file that no name leads to is lost too. .NET has no call for it.</summary>
internal static partial class FolderSync
{
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            // NTFS logs its folders by itself.
            return;
        }

        var descriptor = Open(folder, 0);
        var failed = descriptor < 0 || Fsync(descriptor) < 0;
        var error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
        {
            _ = Close(descriptor);
        }

        if (failed)
        {
            throw new IOException($"The folder cannot be synced: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
