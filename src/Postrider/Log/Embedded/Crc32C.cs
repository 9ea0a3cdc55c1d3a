using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Postrider.Log.Embedded;

/// <summary>CRC-32C without the customary inversions, eight bytes at a time by the processor's own instruction.</summary>
internal static class Crc32C
{
    /// <summary>The start value of all checksums of a log: a record that strayed in from another log fails its checksum.</summary>
    public static uint Seed(string logId) => Append(uint.MaxValue, Encoding.ASCII.GetBytes(logId));

    public static uint Append(uint crc, ulong value) => BitOperations.Crc32C(crc, value);

    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
