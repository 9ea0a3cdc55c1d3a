namespace Postrider.Log.Embedded;

/// <summary>A look over a whole log that cannot be trusted to open.</summary>
internal static class LogSurvey
{
    /// <summary>Surveys the log segment by segment; the segments are read as they are asked for.</summary>
    /// <param name="storage">The disk.</param>
    /// <param name="folder">The log's folder.</param>
    /// <param name="from">Segments that end below it are left out.</param>
    /// <exception cref="LogUnusableException">Nothing says which log this is.</exception>
    public static (string LogId, StateMeta? State, IEnumerable<SegmentSurvey> Segments) Take(IStorage storage, LogFolder folder, long from = 0)
    {
        var state = StateDatabase.ReadMeta(folder.State);
        var files = folder.ListSegments();
        var logId = state?.LogId ?? files.Select(file => ReadLogId(storage, file.Path)).FirstOrDefault(id => id is not null)
            ?? throw new LogUnusableException($"Neither {folder.State} nor any segment's header says which log this is.");
        if (files.Select(file => ReadLogId(storage, file.Path)).FirstOrDefault(id => id is not null && id != logId) is { } other)
        {
            throw new LogUnusableException($"{folder.State} belongs to log {logId}, but segments in {folder.Events} belong to log {other}. Put together what belongs together first.");
        }

        var spans = files.Select((file, i) => (file.Path, file.First, Next: i + 1 < files.Count ? files[i + 1].First : long.MaxValue));
        return (logId, state, spans.Where(span => span.Next > from).Select(span => SegmentSurvey.Take(
            storage, span.Path, logId, span.First, span.Next, state?.KnownEnd ?? 1)));
    }

    private static string? ReadLogId(IStorage storage, string path)
    {
        var bytes = new byte[SegmentHeader.Length];
        using var file = storage.OpenRead(path);
        return SegmentHeader.TryRead(bytes.AsSpan(0, file.Read(bytes, 0)), out var header) ? header.LogId : null;
    }
}
