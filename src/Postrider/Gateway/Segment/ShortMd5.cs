using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Postrider.Gateway.Segment;

/// <summary>
/// MD5 (RFC 1321) of texts that fit into one block: a tenth of what a call of the platform's library costs, which for a text as short as a user's
/// name is nearly all set-up. It makes names, as RudderStack does; nothing is protected by it.
/// </summary>
internal static class ShortMd5
{
    private const int BlockBytes = 64;

    // What a block holds beside the end mark and the length.
    private const int MaxShortBytes = BlockBytes - 1 - sizeof(ulong);

    // floor(2^32 · |sin(i + 1)|)
    private static readonly uint[] Sines = [.. Enumerable.Range(1, 64).Select(i => (uint)Math.Floor(Math.Abs(Math.Sin(i)) * 4_294_967_296d))];

    private static ReadOnlySpan<byte> Rotations => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    public static void Hash(ReadOnlySpan<byte> text, Span<byte> hash)
    {
        if (text.Length > MaxShortBytes)
        {
#pragma warning disable CA5351 // As above.
            MD5.HashData(text, hash);
#pragma warning restore CA5351
            return;
        }

        Span<byte> block = stackalloc byte[BlockBytes];
        block.Clear();
        text.CopyTo(block);
        block[text.Length] = 0x80;
        BinaryPrimitives.WriteUInt64LittleEndian(block[(BlockBytes - sizeof(ulong))..], (ulong)text.Length * 8);
        HashBlock(block, hash);
    }

    private static void HashBlock(ReadOnlySpan<byte> block, Span<byte> hash)
    {
        Span<uint> words = stackalloc uint[16];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * sizeof(uint))..]);
        }

        var (a, b, c, d) = (0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u);
        for (var i = 0; i < 64; i++)
        {
            var (mixed, word) = (i >> 4) switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((d & b) | (~d & c), (5 * i) + 1),
                2 => (b ^ c ^ d, (3 * i) + 5),
                _ => (c ^ (b | ~d), 7 * i),
            };
            mixed += a + Sines[i] + words[word & 15];
            (a, d, c) = (d, c, b);
            b += BitOperations.RotateLeft(mixed, Rotations[((i >> 4) * 4) + (i & 3)]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(hash, a + 0x67452301u);
        BinaryPrimitives.WriteUInt32LittleEndian(hash[4..], b + 0xefcdab89u);
        BinaryPrimitives.WriteUInt32LittleEndian(hash[8..], c + 0x98badcfeu);
        BinaryPrimitives.WriteUInt32LittleEndian(hash[12..], d + 0x10325476u);
    }
}
