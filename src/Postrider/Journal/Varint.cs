using System.Buffers;

namespace Postrider.Journal;

/// <summary>Numbers that are small more often than not: unsigned LEB128, seven bits a byte, the lowest first.</summary>
internal static class Varint
{
    private const int MaxLength = 10;

    public static void Write(ArrayBufferWriter<byte> writer, long value)
    {
        var span = writer.GetSpan(MaxLength);
        writer.Advance(Write(span, value));
    }

    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> bytes, long value)
    {
        var rest = (ulong)Math.Max(0, value);
        var length = 0;
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes[length++] = (byte)(rest | 0x80);
        }

        bytes[length++] = (byte)rest;
        return length;
    }

    /// <exception cref="InvalidDataException">The bytes end within it.</exception>
    public static long Read(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes.Length && i < MaxLength; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return (long)value;
            }
        }

        throw new InvalidDataException("A number of the journal is cut short.");
    }
}
