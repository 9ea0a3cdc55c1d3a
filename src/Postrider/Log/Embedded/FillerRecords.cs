using System.Buffers;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>
/// Records that stand where events were lost, so that positions stay dense: ordinary events that ask for no destination, so every
/// destination settles them as not routed.
/// </summary>
internal static class FillerRecords
{
    public const string Source = "postrider";

    /// <summary>Writes fillers for the positions; the offset behind them. The caller syncs.</summary>
    public static long Write(IStorageFile file, long offset, uint seed, long from, long before, DateTimeOffset now)
    {
        var payload = EventEnvelope.Write(
            new EventDraft { Source = Source, ReceivedAt = now, RequestedDestinations = [] },
            new ReadOnlySequence<byte>("{\"lost\":true}"u8.ToArray()));
        var checksum = RecordFrame.ChecksumPayload(seed, payload);
        var length = RecordFrame.HeaderLength + payload.Length;
        var perChunk = Math.Max(1, ChunkPool.ChunkLength / length);
        var buffer = new byte[perChunk * length];
        while (from < before)
        {
            var count = (int)Math.Min(perChunk, before - from);
            for (var i = 0; i < count; i++)
            {
                RecordFrame.Write(buffer.AsSpan(i * length), checksum, from + i, from + i, payload);
            }

            file.Write(buffer.AsSpan(0, count * length), offset);
            offset += count * length;
            from += count;
        }

        return offset;
    }
}
