namespace Postrider.Log.Embedded;

/// <summary>What an operator can do to an embedded log that is not running.</summary>
public static class EmbeddedLogTools
{
    /// <summary>Reads the whole log and reports every damage, changing nothing.</summary>
    /// <param name="path">The log's folder.</param>
    /// <param name="output">Gets a line for each segment and each fault.</param>
    /// <returns>True when the log would open and every event can be read.</returns>
    public static bool Verify(string path, TextWriter output)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(output);
        return WithLock(path, output, folder => new LogVerifier(DiskStorage.Instance, folder, output).Run());
    }

    /// <summary>
    /// Makes a damaged log whole: keeps every good event in its place, and turns damaged and missing ones into dead letters of class
    /// <c>corrupt</c> for each destination that had not settled them. The damaged files are kept beside the new ones.
    /// </summary>
    /// <param name="path">The log's folder.</param>
    /// <param name="output">Gets a line for each change.</param>
    /// <returns>How many events were lost; null: the log could not be repaired, and the output says why.</returns>
    public static long? Repair(string path, TextWriter output) => Repair(path, output, TimeProvider.System);

    /// <summary>Writes events as lines of JSON: id, position, envelope, body.</summary>
    /// <param name="path">The log's folder.</param>
    /// <param name="output">Gets the lines.</param>
    /// <param name="from">The first position; 0: the first that the log holds.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>How many were written; fewer than there are when a damaged one is met, which the output says.</returns>
    public static long Dump(string path, TextWriter output, long from, long count)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(output);
        long written = 0;
        WithLock(path, output, folder =>
        {
            written = new LogDump(DiskStorage.Instance, folder, output).Run(from, count);
            return true;
        });
        return written;
    }

    internal static long? Repair(string path, TextWriter output, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(output);
        long? lost = null;
        WithLock(path, output, folder =>
        {
            lost = new LogRepair(DiskStorage.Instance, folder, time, output).Run();
            return true;
        });
        return lost;
    }

    private static bool WithLock(string path, TextWriter output, Func<LogFolder, bool> work)
    {
        var folder = new LogFolder(path);
        if (!Directory.Exists(folder.Events))
        {
            output.WriteLine($"There is no log in {folder.Root}.");
            return false;
        }

        try
        {
            using var _ = LogLock.Take(folder);
            return work(folder);
        }
        catch (Exception e) when (e is LogUnusableException or IOException or UnauthorizedAccessException)
        {
            output.WriteLine(e.Message);
            return false;
        }
    }
}
