namespace Postrider.Log.Embedded;

/// <summary>What an operator can do to an embedded log that is not running.</summary>
public static class EmbeddedLogTools
{
    /// <summary>Reads the whole log and reports every damage, changing nothing. True: there is none.</summary>
    public static bool Verify(string path, TextWriter output) => throw new NotSupportedException();

    /// <summary>Makes a damaged log whole. How many events were lost; null: it could not be repaired.</summary>
    public static long? Repair(string path, TextWriter output) => throw new NotSupportedException();

    /// <summary>Writes events as lines of JSON; <paramref name="from"/> 0 is the first that the log holds. How many were written.</summary>
    public static long Dump(string path, TextWriter output, long from, long count) => throw new NotSupportedException();
}
