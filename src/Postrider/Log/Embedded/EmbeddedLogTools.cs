namespace Postrider.Log.Embedded;

/// <summary>Looks at and mends the folder of an embedded log while no server has it open.</summary>
public static class EmbeddedLogTools
{
    /// <summary>Reads all of it and tells what it finds.</summary>
    /// <returns>How many problems there are.</returns>
    public static int Verify(string path, TextWriter output) => throw new NotSupportedException();

    /// <summary>Turns damaged ranges into dead letters of class <c>corrupt</c>.</summary>
    /// <returns>How many problems are left.</returns>
    public static int Repair(string path, TextWriter output) => throw new NotSupportedException();

    /// <summary>Writes events, one a line.</summary>
    public static void Dump(string path, TextWriter output, long from, long count) => throw new NotSupportedException();
}
