namespace Postrider.Log.Embedded;

/// <summary>Opens a segment that another follows: by its index, or where that is missing or damaged, by reading it through.</summary>
internal sealed class SealedSegmentCheck(IStorage storage, LogFolder folder, string logId)
{
    public Segment Open(string path, SegmentHeader header, long next)
    {
        using var file = storage.OpenRead(path);
        return OpenByIndex(path, header, next, file.Length) ?? OpenByScan(path, header, next, file);
    }

    private Segment? OpenByIndex(string path, SegmentHeader header, long next, long fileLength)
    {
        var indexPath = LogFolder.IndexOf(path);
        if (!File.Exists(indexPath)
            || !SegmentIndex.TryRead(SegmentFiles.ReadAll(storage, indexPath), logId, header.FirstPosition, out var index, out var end, out var endOffset)
            || end != next || endOffset > fileLength)
        {
            return null;
        }

        var segment = new Segment(storage, path, header, index);
        segment.Extend(end, endOffset);
        return segment;
    }

    private Segment OpenByScan(string path, SegmentHeader header, long next, IStorageFile file)
    {
        var index = new SegmentIndex(header.FirstPosition);
        var offset = (long)SegmentHeader.Length;
        using var scanner = new SegmentScanner(file, file.Length, Crc32C.Seed(logId), header.FirstPosition);

        // What stands behind the next segment's first position is left from a failed write that nobody was told about.
        var run = scanner.Scan(header.FirstPosition, offset, next, (in frame, _) =>
        {
            index.Add(frame.Position, offset);
            offset += frame.Length;
        });
        if (run.End < next)
        {
            throw Missing(path, file, scanner, run, next);
        }

        var segment = new Segment(storage, path, header, index);
        segment.Extend(run.End, run.Offset);
        try
        {
            SegmentWriter.WriteIndex(storage, folder, logId, segment);
        }
        catch (IOException)
        {
            // The next start scans again.
        }

        return segment;
    }

    private static LogUnusableException Missing(string path, IStorageFile file, SegmentScanner scanner, SegmentScanner.Run run, long next)
    {
        var length = file.Length;
        if (run.Offset == length || ReservedSpace.IsAllThatFollows(file, run.Offset, length))
        {
            return new LogUnusableException(
                $"Events {run.End} to {next - 1} are missing: {path} ends before them and the next segment begins behind them. "
                + "Restore the missing segment, or run `postrider log repair` to turn the missing events into dead letters.");
        }

        var behind = scanner.LookAhead(run.End, run.Offset, next);
        return ActiveSegmentCheck.Damaged(path, run, behind.Events);
    }
}
