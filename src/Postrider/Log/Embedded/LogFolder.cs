using System.Globalization;

namespace Postrider.Log.Embedded;

/// <summary>The names in a log's folder.</summary>
internal sealed class LogFolder(string path)
{
    public const string SegmentExtension = ".seg";
    public const string IndexExtension = ".idx";
    public const string TornExtension = ".torn";
    public const string TemporaryExtension = ".tmp";

    public string Root { get; } = Path.GetFullPath(path);

    public string Events => Path.Combine(Root, "events");

    public string Lock => Path.Combine(Root, "lock");

    public string State => Path.Combine(Root, "state.db");

    public string SegmentAt(long first) => Path.Combine(Events, first.ToString("D20", CultureInfo.InvariantCulture) + SegmentExtension);

    public static string IndexOf(string segment) => Path.ChangeExtension(segment, IndexExtension);

    /// <summary>Where the bytes go that were cut off the segment at the offset.</summary>
    public static string TornAt(string segment, long offset) =>
        string.Create(CultureInfo.InvariantCulture, $"{segment}.{offset}{TornExtension}");

    /// <summary>The segment files with their first positions, by position.</summary>
    public IReadOnlyList<(long First, string Path)> ListSegments()
    {
        if (!Directory.Exists(Events))
        {
            return [];
        }

        var found = new List<(long First, string Path)>();
        foreach (var file in Directory.EnumerateFiles(Events, "*" + SegmentExtension))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first > 0)
            {
                found.Add((first, file));
            }
        }

        found.Sort((left, right) => left.First.CompareTo(right.First));
        return found;
    }

    /// <summary>Files that belong to a segment besides itself and its index: cut-off tails.</summary>
    public static IEnumerable<string> ListTorn(string segment) =>
        Directory.EnumerateFiles(Path.GetDirectoryName(segment)!, Path.GetFileName(segment) + ".*" + TornExtension);
}
