using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Postrider.Log.Embedded;

/// <summary>Holds a log for one process: an advisory lock that the system takes back however the process ends.</summary>
internal sealed class LogLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private LogLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes the log.</summary>
    /// <exception cref="LogUnusableException">Another process has it.</exception>
    public static LogLock Take(LogFolder folder)
    {
        // Windows locks by the share mode, and lets others read who it is; elsewhere .NET would lock before we could.
        var share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.ReadWrite;
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
            if (!OperatingSystem.IsWindows() && !Posix.TryLock(handle))
            {
                throw InUse(folder, null);
            }

            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
            return new LogLock(handle);
        }
        catch (IOException e)
        {
            handle?.Dispose();
            throw InUse(folder, e);
        }
        catch (UnauthorizedAccessException e)
        {
            handle?.Dispose();
            throw new LogUnusableException($"The log in {folder.Root} cannot be written: {e.Message}", e);
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    private static LogUnusableException InUse(LogFolder folder, Exception? cause) => new(
        $"The log in {folder.Root} is in use by another process (pid {ReadOwner(folder)}). Stop it, or give this one a folder of its own (log.path).", cause);

    private static string ReadOwner(LogFolder folder)
    {
        try
        {
            using var handle = OperatingSystem.IsWindows()
                ? File.OpenHandle(folder.Lock, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
                : Posix.OpenForReading(folder.Lock);
            var buffer = new byte[32];
            var read = RandomAccess.Read(handle, buffer, 0);
            return read > 0 ? Encoding.ASCII.GetString(buffer, 0, read) : "unknown";
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
