using System.Buffers.Binary;

namespace Postrider.Log.Embedded;

/// <summary>An event that a repeat would be recognised by.</summary>
/// <param name="Id">The hash of its source and id.</param>
/// <param name="Body">The hash of its body.</param>
/// <param name="Position">Its place.</param>
/// <param name="Until">The end of its window, Unix milliseconds.</param>
internal readonly record struct RepeatEntry(UInt128 Id, ulong Body, long Position, long Until)
{
    /// <summary>Its form in <c>state.db</c>: 16 bytes of id, u64 of body, i64 position, i64 until, all little-endian.</summary>
    public const int Length = 40;

    public static RepeatEntry Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt128LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, Id);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Body);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Position);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], Until);
    }
}
