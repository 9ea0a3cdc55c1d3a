using System.Buffers.Binary;
using System.Text;

namespace Postrider.Log.Embedded;

/// <summary>Where records lie in a segment: one entry for every 64 KiB. Grown by the log's writer while others read it.</summary>
/// <remarks>
/// The file beside a sealed segment, little-endian:
/// <code>
/// 0   8    "PRIDRIDX"
/// 8   u32  format version (1)
/// 12  u32  number of entries
/// 16  i64  first position
/// 24  i64  position behind the last
/// 32  i64  offset behind the last record
/// 40  12   log id, ASCII
/// 52  u32  0
/// 56  .    entries: u32 position less the first, u32 offset
/// .   u32  CRC-32C of all before, started with the log's id
/// </code>
/// </remarks>
internal sealed class SegmentIndex(long first)
{
    public const int Spacing = 64 << 10;

    private const int HeaderLength = 56;
    private const int EntryLength = 8;
    private const uint Version = 1;

    private Entry[] _entries = new Entry[16];
    private int _count;
    private long _nextOffset;

    private static ReadOnlySpan<byte> Magic => "PRIDRIDX"u8;

    /// <summary>What its file takes.</summary>
    public long Bytes => HeaderLength + ((long)Volatile.Read(ref _count) * EntryLength) + sizeof(uint);

    /// <summary>Notes a record, if the last one noted lies far enough back.</summary>
    public void Add(long position, long offset)
    {
        if (offset < _nextOffset)
        {
            return;
        }

        var entries = _entries;
        if (_count == entries.Length)
        {
            Array.Resize(ref entries, _count * 2);
            Volatile.Write(ref _entries, entries);
        }

        entries[_count] = new Entry((uint)(position - first), (uint)offset);
        Volatile.Write(ref _count, _count + 1);
        _nextOffset = offset + Spacing;
    }

    /// <summary>The nearest noted record at or before the position: its position and offset.</summary>
    public (long Position, long Offset) Find(long position)
    {
        // The count before the array: an array read later holds at least as many entries.
        var count = Volatile.Read(ref _count);
        var entries = Volatile.Read(ref _entries);
        var (low, high) = (0, count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (first + entries[middle].Position <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high < 0 ? (first, SegmentHeader.Length) : (first + entries[high].Position, entries[high].Offset);
    }

    /// <summary>A noted record at or before the position, far enough before it that so many bytes lie between, where there are so many.</summary>
    public (long Position, long Offset) FindBack(long position, int bytes)
    {
        var count = Volatile.Read(ref _count);
        var entries = Volatile.Read(ref _entries);
        var nearest = Find(position);
        var wanted = nearest.Offset + Spacing - bytes;
        var (low, high) = (0, count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (entries[middle].Offset <= wanted)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        var found = high < 0 ? (Position: first, Offset: (long)SegmentHeader.Length) : (first + entries[high].Position, entries[high].Offset);
        return found.Position < nearest.Position ? found : nearest;
    }

    public byte[] ToBytes(string logId, long end, long endOffset)
    {
        var bytes = new byte[HeaderLength + (_count * EntryLength) + sizeof(uint)];
        var span = bytes.AsSpan();
        Magic.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(span[12..], _count);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], first);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], end);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], endOffset);
        Encoding.ASCII.GetBytes(logId, span[40..]);
        for (var i = 0; i < _count; i++)
        {
            var entry = span[(HeaderLength + (i * EntryLength))..];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, _entries[i].Position);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], _entries[i].Offset);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(span[^4..], Crc32C.Append(Crc32C.Seed(logId), span[..^4]));
        return bytes;
    }

    /// <summary>Reads an index file; false where it is damaged or of another version, log or segment: it is rebuilt then.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, string logId, long first, out SegmentIndex index, out long end, out long endOffset)
    {
        index = new SegmentIndex(first);
        (end, endOffset) = (0, 0);
        if (bytes.Length < HeaderLength + sizeof(uint) || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Append(Crc32C.Seed(logId), bytes[..^4])
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Version
            || BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) != first)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (count < 0 || bytes.Length != HeaderLength + ((long)count * EntryLength) + sizeof(uint))
        {
            return false;
        }

        end = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        endOffset = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]);
        var entries = new Entry[Math.Max(1, count)];
        for (var i = 0; i < count; i++)
        {
            var entry = bytes[(HeaderLength + (i * EntryLength))..];
            entries[i] = new Entry(BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
        }

        index._entries = entries;
        index._count = count;
        return true;
    }

    private readonly record struct Entry(uint Position, uint Offset);
}
