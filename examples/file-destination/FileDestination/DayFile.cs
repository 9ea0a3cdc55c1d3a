using System.Globalization;

namespace Example.Files;

/// <summary>The file of one day.</summary>
internal static class DayFile
{
    public static string NameOf(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"events-{day:yyyy-MM-dd}.ndjson");

    /// <summary>Appends whole lines and syncs them: after this they are on the disk.</summary>
    public static void Append(string folder, DateOnly day, MemoryStream lines)
    {
        var path = Path.Combine(folder, NameOf(day));
        var isTorn = File.Exists(path) && !EndsWithALine(path);
        using (var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read))
        {
            // Each time: a call before this one may have failed, or crashed, between making the file and this. An unchanged folder costs little.
            FolderSync.Sync(folder);
            var end = RandomAccess.GetLength(file);
            try
            {
                if (isTorn)
                {
                    // A crash cut the last line off; ours begin on a line of their own.
                    RandomAccess.Write(file, "\n"u8, end);
                }

                RandomAccess.Write(file, lines.GetBuffer().AsSpan(0, (int)lines.Length), end + (isTorn ? 1 : 0));
                RandomAccess.FlushToDisk(file);
            }
            catch (IOException)
            {
                RandomAccess.SetLength(file, end);
                throw;
            }
        }
    }

    private static bool EndsWithALine(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> last = stackalloc byte[1];
        var length = RandomAccess.GetLength(file);
        return length == 0 || (RandomAccess.Read(file, last, length - 1) == 1 && last[0] == '\n');
    }
}
