using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Reads durable events out of the segment files.</summary>
internal sealed class SegmentReader(SegmentSet segments, string logId, LogHealth health)
{
    private readonly uint _seed = Crc32C.Seed(logId);

    // Where the last reads ended, by position: a reader that goes on where it stopped need not look for its place.
    private readonly Hint?[] _hints = new Hint?[64];

    /// <summary>Events from the position on, until their records weigh <paramref name="maxBytes"/>; at least one.</summary>
    /// <exception cref="LogCorruptException">The first one is damaged or gone.</exception>
    public IReadOnlyList<Event> Read(long from, long before, int maxBytes)
    {
        var events = new List<Event>();
        long weight = 0;
        while (from < before && (events.Count == 0 || weight < maxBytes))
        {
            try
            {
                var segment = segments.Find(from) ?? throw Gone(from);
                weight += ReadFrom(segment, from, Math.Min(before, segment.End), maxBytes - weight, events);
            }
            catch (Exception e) when (events.Count > 0 && e is LogCorruptException or NewerEnvelopeException or ObjectDisposedException)
            {
                // The good ones first; whoever asks for the bad one meets it.
                break;
            }
            catch (ObjectDisposedException)
            {
                throw Gone(from);
            }

            if (events.Count == 0)
            {
                throw Gone(from);
            }

            from = events[^1].Position + 1;
        }

        return events;
    }

    /// <summary>Events below the position, newest first, from an index entry about so many bytes before it on; none beyond its segment.</summary>
    public EventsBack ReadBack(long before, int maxBytes)
    {
        if (segments.Find(before - 1) is not { } segment)
        {
            return new EventsBack([], before);
        }

        before = Math.Min(before, segment.End);
        var (from, offset) = segment.Index.FindBack(before - 1, maxBytes);
        var events = new List<Event>();
        try
        {
            // Not by the hints: a reader that goes forward shall find them as it left them.
            using var window = new FileWindow(segment, segment.Length, Math.Clamp(maxBytes, SegmentIndex.Spacing, FileWindow.LargeSize));
            for (var position = from; position < before; position++)
            {
                events.Add(ReadRecord(window, segment, position, ref offset));
            }
        }
        catch (Exception e) when (e is LogCorruptException or NewerEnvelopeException or ObjectDisposedException)
        {
            // Damaged, or truncated away meanwhile: readers that must not miss it meet it themselves.
        }

        events.Reverse();
        return new EventsBack(events, from);
    }

    /// <summary>One event; null where no segment holds it.</summary>
    public Event? Find(long position)
    {
        var segment = segments.Find(position);
        if (segment is null || position >= segment.End)
        {
            return null;
        }

        try
        {
            // The index leads to within 64 KiB of the record.
            using var window = new FileWindow(segment, segment.Length, 2 * SegmentIndex.Spacing);
            var offset = Seek(window, segment, position);
            return ReadRecord(window, segment, position, ref offset);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    private long ReadFrom(Segment segment, long from, long before, long maxBytes, List<Event> events)
    {
        using var window = new FileWindow(segment, segment.Length, (int)Math.Clamp(maxBytes, SegmentIndex.Spacing, FileWindow.LargeSize));
        var start = Seek(window, segment, from);
        var offset = start;
        while (from < before && (offset - start < maxBytes || events.Count == 0))
        {
            events.Add(ReadRecord(window, segment, from, ref offset));
            from++;
        }

        Volatile.Write(ref _hints[Slot(from)], new Hint(segment, from, offset));
        return Math.Max(offset - start, 1);
    }

    private long Seek(FileWindow window, Segment segment, long position)
    {
        if (Volatile.Read(ref _hints[Slot(position)]) is { } hint && hint.Position == position && hint.Segment == segment)
        {
            return hint.Offset;
        }

        var (at, offset) = segment.Index.Find(position);
        while (at < position)
        {
            var head = window.Get(offset, RecordFrame.HeaderLength);
            var frame = head.Length == RecordFrame.HeaderLength ? RecordFrame.Read(head) : default;
            if (frame.Position != at || !frame.HasPossibleLength)
            {
                throw Damaged(segment, at, offset, wanted: position);
            }

            offset += frame.Length;
            at++;
        }

        return offset;
    }

    private Event ReadRecord(FileWindow window, Segment segment, long position, ref long offset)
    {
        var head = window.Get(offset, RecordFrame.HeaderLength);
        var frame = head.Length == RecordFrame.HeaderLength ? RecordFrame.Read(head) : default;
        if (frame.Position != position || !frame.HasPossibleLength || frame.Length > window.End - offset)
        {
            throw Damaged(segment, position, offset, position);
        }

        var whole = window.Get(offset, frame.Length);
        if (whole.Length < frame.Length || !frame.Matches(_seed, whole[RecordFrame.HeaderLength..]))
        {
            throw Damaged(segment, position, offset, position);
        }

        var payload = GC.AllocateUninitializedArray<byte>(frame.PayloadLength);
        whole[RecordFrame.HeaderLength..].CopyTo(payload);
        try
        {
            var read = Event.Restore(payload, logId, new LogPosition(0, 0, position));
            offset += frame.Length;
            return read;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(segment, position, offset, position, e);
        }
    }

    private LogCorruptException Damaged(Segment segment, long position, long offset, long wanted, Exception? inner = null)
    {
        var message = $"{segment.Path} is damaged at position {position} (offset {offset}). Stop Postrider and run `postrider log repair`.";
        health.Damage(message);
        return new LogCorruptException(new LogPosition(0, 0, wanted), message, inner);
    }

    private LogCorruptException Gone(long position) =>
        new(new LogPosition(0, 0, position), $"Position {position} is no longer held: the log begins at {segments.First}.");

    private static int Slot(long position) => (int)(position & 63);

    private sealed record Hint(Segment Segment, long Position, long Offset);
}
