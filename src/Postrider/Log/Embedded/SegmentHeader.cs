using System.Buffers.Binary;
using System.Text;

namespace Postrider.Log.Embedded;

/// <summary>The first 64 bytes of a segment file. Little-endian:</summary>
/// <remarks>
/// <code>
/// 0   8    "PRIDRSEG"
/// 8   u32  format version (1)
/// 12  u32  0
/// 16  i64  first position
/// 24  i64  created, Unix milliseconds
/// 32  12   log id, ASCII
/// 44  16   0
/// 60  u32  CRC-32C of the 60 bytes before
/// </code>
/// </remarks>
internal readonly record struct SegmentHeader(long FirstPosition, DateTimeOffset Created, string LogId)
{
    public const int Length = 64;
    public const int LogIdLength = 12;
    public const uint Version = 1;

    private const int ChecksumOffset = 60;

    private static ReadOnlySpan<byte> Magic => "PRIDRSEG"u8;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), FirstPosition);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Created.ToUnixTimeMilliseconds());
        Encoding.ASCII.GetBytes(LogId, bytes.AsSpan(32, LogIdLength));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumOffset), Crc32C.Append(uint.MaxValue, bytes.AsSpan(0, ChecksumOffset)));
        return bytes;
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="LogUnusableException">Written by a newer version.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SegmentHeader header)
    {
        header = default;
        if (bytes.Length < Length || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) != Crc32C.Append(uint.MaxValue, bytes[..ChecksumOffset]))
        {
            return false;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new LogUnusableException($"The log's segment files are of format version {version}; this Postrider knows version {Version}. Run the newer version.");
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[24..])),
            Encoding.ASCII.GetString(bytes.Slice(32, LogIdLength)));
        return true;
    }
}
