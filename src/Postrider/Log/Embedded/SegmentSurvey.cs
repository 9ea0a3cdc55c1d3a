namespace Postrider.Log.Embedded;

/// <summary>What one segment file holds, good and bad, however damaged it is.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The first position, by its name.</param>
/// <param name="Before">The position behind its last: the next segment's first, or for the last segment what is known to have been durable.</param>
/// <param name="HeaderGood">Its header can be read and fits.</param>
/// <param name="Good">The good records: offset and frame, by position.</param>
/// <param name="TailBytes">Bytes behind the last good record.</param>
internal sealed record SegmentSurvey(
    string Path, long First, long Before, bool HeaderGood, IReadOnlyList<(long Offset, RecordFrame Frame)> Good, long TailBytes)
{
    /// <summary>Positions that should be there and are not, as ranges.</summary>
    public IReadOnlyList<(long From, long Before)> Missing { get; } = FindMissing(First, Before, Good);

    public long MissingCount => Missing.Sum(range => range.Before - range.From);

    public static SegmentSurvey Take(IStorage storage, string path, string logId, long first, long next, long known)
    {
        using var file = storage.OpenRead(path);
        var head = new byte[SegmentHeader.Length];
        var read = file.Read(head, 0);
        var headerGood = SegmentHeader.TryRead(head.AsSpan(0, read), out var header) && header.FirstPosition == first && header.LogId == logId;

        var good = new List<(long Offset, RecordFrame Frame)>();
        var length = file.Length;
        using var scanner = new SegmentScanner(file, length, Crc32C.Seed(logId), first);
        var offset = (long)SegmentHeader.Length;
        var run = scanner.Scan(first, offset, next, (in frame, _) =>
        {
            good.Add((offset, frame));
            offset += frame.Length;
        });
        var before = next;
        if (next == long.MaxValue)
        {
            // The last segment: a record that never was acknowledged is no loss.
            var goodInRow = good.Count;
            var behind = scanner.LookAhead(run.End, run.Offset, next, (at, frame) => good.Add((at, frame)));
            var acknowledged = behind.LaterBatch || run.End < known;
            if (!acknowledged)
            {
                good.RemoveRange(goodInRow, good.Count - goodInRow);
            }

            before = Math.Max(known, acknowledged ? behind.End : run.End);
        }
        else if (run.End < next)
        {
            scanner.LookAhead(run.End, run.Offset, next, (at, frame) => good.Add((at, frame)));
        }

        var end = good.Count > 0 ? good[^1].Offset + good[^1].Frame.Length : SegmentHeader.Length;
        var tail = ReservedSpace.IsAllThatFollows(file, end, length) ? 0 : length - end;
        return new SegmentSurvey(path, first, before, headerGood, good, Math.Max(0, tail));
    }

    private static List<(long From, long Before)> FindMissing(long first, long before, IReadOnlyList<(long Offset, RecordFrame Frame)> good)
    {
        var missing = new List<(long From, long Before)>();
        var expected = first;
        foreach (var (_, frame) in good)
        {
            if (frame.Position > expected)
            {
                missing.Add((expected, frame.Position));
            }

            expected = frame.Position + 1;
        }

        if (expected < before)
        {
            missing.Add((expected, before));
        }

        return missing;
    }
}
