using Microsoft.Win32.SafeHandles;

namespace Postrider.Log.Embedded;

/// <summary>Measures how long a folder's disk takes to make a small write durable, with a file of its own that it removes.</summary>
internal static class DiskProbe
{
    private const int Writes = 24;
    private const int Length = 4096;

    /// <summary>The median of some writes.</summary>
    /// <exception cref="IOException">It cannot be written there. Also <see cref="UnauthorizedAccessException"/>.</exception>
    public static TimeSpan Measure(string folder, TimeProvider time)
    {
        var path = Path.Combine(folder, $".postrider-doctor-{Environment.ProcessId}");
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
        var block = new byte[Length];
        var took = new TimeSpan[Writes];
        for (var i = 0; i < Writes; i++)
        {
            var began = time.GetTimestamp();
            RandomAccess.Write(file, block, (long)i * Length);
            if (OperatingSystem.IsWindows())
            {
                RandomAccess.FlushToDisk(file);
            }
            else
            {
                Posix.SyncData(file);
            }

            took[i] = time.GetElapsedTime(began);
        }

        Array.Sort(took);
        return took[Writes / 2];
    }
}
