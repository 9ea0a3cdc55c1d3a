namespace Postrider.Log.Embedded;

/// <summary>Reads a segment record by record and checks each: at start, for verification, for repair.</summary>
internal sealed class SegmentScanner(IReadable file, long fileLength, uint seed, long first) : IDisposable
{
    private readonly FileWindow _window = new(file, fileLength);

    public delegate void Visitor(in RecordFrame frame, ReadOnlySpan<byte> payload);

    /// <summary>Good records in a row.</summary>
    /// <param name="End">The position behind the last.</param>
    /// <param name="Offset">The offset behind it.</param>
    internal readonly record struct Run(long End, long Offset);

    /// <summary>What lies behind a bad record.</summary>
    /// <param name="Events">Good records found there.</param>
    /// <param name="LaterBatch">One of them was written after the bad record's batch had been synced.</param>
    /// <param name="End">The position behind the last of them.</param>
    internal readonly record struct Remainder(long Events, bool LaterBatch, long End);

    /// <summary>Reads good, consecutive records until one is not, or until <paramref name="before"/>.</summary>
    public Run Scan(long position, long offset, long before, Visitor? visit)
    {
        while (position < before && TryRead(offset, out var frame) && frame.Position == position)
        {
            visit?.Invoke(frame, Payload(offset, frame));
            offset += frame.Length;
            position++;
        }

        return new Run(position, offset);
    }

    /// <summary>Looks for good records at every byte behind a bad one: lengths cannot be trusted any more.</summary>
    /// <param name="position">The bad record's position.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="before">Positions from here on belong to the next segment.</param>
    /// <param name="visit">Told of each good record found, with its offset.</param>
    public Remainder LookAhead(long position, long offset, long before, Action<long, RecordFrame>? visit = null)
    {
        var (events, later, end) = (0L, false, position);
        for (var at = offset; at + RecordFrame.MinLength <= fileLength;)
        {
            if (!TryRead(at, out var frame) || frame.Position < end || frame.Position >= before)
            {
                at++;
                continue;
            }

            visit?.Invoke(at, frame);
            events++;
            later |= frame.BatchFirst > position;
            end = frame.Position + 1;
            at += frame.Length;
        }

        return new Remainder(events, later, end);
    }

    /// <summary>The envelope and body of a record that was found good.</summary>
    public ReadOnlySpan<byte> Payload(long offset, in RecordFrame frame) =>
        _window.Get(offset, frame.Length)[RecordFrame.HeaderLength..];

    public void Dispose() => _window.Dispose();

    private bool TryRead(long offset, out RecordFrame frame)
    {
        var head = _window.Get(offset, RecordFrame.HeaderLength);
        if (head.Length < RecordFrame.HeaderLength)
        {
            frame = default;
            return false;
        }

        frame = RecordFrame.Read(head);
        if (!IsPlausible(frame, offset))
        {
            return false;
        }

        var whole = _window.Get(offset, frame.Length);
        return whole.Length == frame.Length && frame.Matches(seed, whole[RecordFrame.HeaderLength..]);
    }

    // Cheap checks first: LookAhead asks at every byte.
    private bool IsPlausible(in RecordFrame frame, long offset) =>
        frame.HasPossibleLength
        && frame.Length <= fileLength - offset
        && frame.BatchFirst >= first
        && frame.BatchFirst <= frame.Position
        && frame.Position - first <= fileLength / RecordFrame.MinLength;
}
