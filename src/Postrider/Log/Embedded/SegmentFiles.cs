namespace Postrider.Log.Embedded;

/// <summary>A segment's files as one.</summary>
internal static class SegmentFiles
{
    /// <summary>Deletes the segment, what was cut off it, and its index. The caller syncs the folder.</summary>
    public static void Delete(IStorage storage, string segment)
    {
        foreach (var torn in LogFolder.ListTorn(segment).ToList())
        {
            storage.Delete(torn);
        }

        // The segment first: an index without a segment is litter, a segment without an index costs a scan.
        storage.Delete(segment);
        storage.Delete(LogFolder.IndexOf(segment));
    }

    /// <summary>Reads a small file whole.</summary>
    public static byte[] ReadAll(IStorage storage, string path)
    {
        using var file = storage.OpenRead(path);
        var bytes = new byte[file.Length];
        return file.Read(bytes, 0) == bytes.Length ? bytes : [];
    }
}
