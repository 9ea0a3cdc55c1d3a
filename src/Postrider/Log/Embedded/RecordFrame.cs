using System.Buffers.Binary;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>The frame around an event in a segment file. Little-endian:</summary>
/// <remarks>
/// <code>
/// 0   u32  length of envelope and body
/// 4   u32  CRC-32C, started with the log's id, of all that follows: first envelope and body, then the two positions
/// 8   i64  position
/// 16  i64  first position of the batch that it was written and synced with
/// 24  .    envelope and body
/// </code>
/// The long part comes first in the checksum so that a request computes it before it takes the append lock, where its position is given.
/// The batch's first position tells a torn tail from damage: batch n+1 is written only after batch n was synced, so a good record of a later
/// batch behind a bad one proves that the bad one had been acknowledged.
/// </remarks>
internal readonly record struct RecordFrame(int PayloadLength, uint Checksum, long Position, long BatchFirst)
{
    public const int HeaderLength = 24;

    /// <summary>The gateway refuses what is larger; it keeps a damaged length from asking for absurd memory.</summary>
    public const int MaxPayloadLength = IEventLog.MaxEventBytes;

    public const int MinLength = HeaderLength + EventEnvelope.FixedLength;

    public int Length => HeaderLength + PayloadLength;

    public bool HasPossibleLength => PayloadLength is >= EventEnvelope.FixedLength and <= MaxPayloadLength;

    public static uint ChecksumPayload(uint seed, ReadOnlySpan<byte> payload) => Crc32C.Append(seed, payload);

    public static void Write(Span<byte> target, uint payloadChecksum, long position, long batchFirst, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Complete(payloadChecksum, position, batchFirst));
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], position);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], batchFirst);
        payload.CopyTo(target[HeaderLength..]);
    }

    /// <summary>Reads the frame's head, believing nothing of it.</summary>
    public static RecordFrame Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));

    public bool Matches(uint seed, ReadOnlySpan<byte> payload) =>
        Checksum == Complete(ChecksumPayload(seed, payload), Position, BatchFirst);

    private static uint Complete(uint payloadChecksum, long position, long batchFirst) =>
        Crc32C.Append(Crc32C.Append(payloadChecksum, (ulong)position), (ulong)batchFirst);
}
