using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Embedded;

/// <summary>Opens the last segment by reading it through, and tells a torn tail from damage.</summary>
internal sealed partial class ActiveSegmentCheck(IStorage storage, LogFolder folder, uint seed, ILogger logger)
{
    /// <summary>Opens it, to write too.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="known">Positions below it are known to have been durable.</param>
    /// <param name="acceptLoss">The operator said that delivery may begin anew.</param>
    /// <param name="file">The open file; not yet synced.</param>
    /// <exception cref="LogUnusableException">Acknowledged events are damaged or missing.</exception>
    public Segment Open(string path, SegmentHeader header, long known, bool acceptLoss, out IStorageFile file)
    {
        var indexPath = LogFolder.IndexOf(path);
        if (File.Exists(indexPath) && !acceptLoss)
        {
            throw new LogUnusableException(
                $"{path} was sealed, but the segment that follows it is missing. Restore it, or run `postrider log repair` to go on without it.");
        }

        file = storage.Open(path);
        try
        {
            return Check(path, header, known, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static LogUnusableException Damaged(string path, SegmentScanner.Run bad, long behind) => new(
        $"{path} is damaged at position {bad.End} (offset {bad.Offset}), within events that had been acknowledged; {behind} good events stand behind it in this segment. "
        + "Nothing was changed. `postrider log verify` shows the extent; `postrider log repair` turns the damaged events into dead letters.");

    private Segment Check(string path, SegmentHeader header, long known, IStorageFile file)
    {
        var length = file.Length;
        var index = new SegmentIndex(header.FirstPosition);
        var offset = (long)SegmentHeader.Length;
        SegmentScanner.Run run;
        using (var scanner = new SegmentScanner(file, length, seed, header.FirstPosition))
        {
            run = scanner.Scan(header.FirstPosition, offset, long.MaxValue, (in frame, _) =>
            {
                index.Add(frame.Position, offset);
                offset += frame.Length;
            });
            if (run.Offset < length && ReservedSpace.IsAllThatFollows(file, run.Offset, length))
            {
                if (run.End < known)
                {
                    throw Damaged(path, run, 0);
                }

                file.Truncate(run.Offset);
                length = run.Offset;
            }

            if (run.Offset < length)
            {
                var behind = scanner.LookAhead(run.End, run.Offset, long.MaxValue);
                if (behind.LaterBatch || run.End < known)
                {
                    throw Damaged(path, run, behind.Events);
                }
            }
        }

        if (run.Offset < length)
        {
            CutTail(path, file, run, length);
        }

        var segment = new Segment(storage, path, header, index);
        segment.Extend(run.End, run.Offset);
        return segment;
    }

    private void CutTail(string path, IStorageFile file, SegmentScanner.Run run, long length)
    {
        var torn = LogFolder.TornAt(path, run.Offset);
        var buffer = new byte[ChunkPool.ChunkLength];
        using (var copy = storage.Create(torn))
        {
            for (var at = run.Offset; at < length;)
            {
                var read = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)), at);
                if (read == 0)
                {
                    break;
                }

                copy.Write(buffer.AsSpan(0, read), at - run.Offset);
                at += read;
            }

            copy.Sync();
        }

        storage.SyncDirectory(folder.Events);
        file.Truncate(run.Offset);
        Log.TailCut(logger, path, run.End, length - run.Offset, torn);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogTailCut, LogLevel.Warning,
            "{Segment} ended in a write that had not completed at position {Position}: nobody was told of it, so its {Bytes} bytes were cut off and kept in {Torn}.")]
        public static partial void TailCut(ILogger logger, string segment, long position, long bytes, string torn);
    }
}
