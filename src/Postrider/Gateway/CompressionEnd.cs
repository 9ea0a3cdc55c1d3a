using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace Postrider.Gateway;

/// <summary>Tells whether compressed data is whole. The runtime's streams end without a word where gzip or zlib data is cut.</summary>
internal static class CompressionEnd
{
    private const int GzipTrailer = 8;
    private const int ZlibTrailer = 4;
    private const uint AdlerBase = 65_521;

    // The most additions before the sums must be reduced: zlib's NMAX.
    private const int AdlerRun = 5_552;

    /// <summary>RFC 1952: CRC-32 and length of what was inflated end the data. One member, as every client writes it.</summary>
    public static bool IsWholeGzip(in ReadOnlySequence<byte> compressed, ReadOnlySpan<byte> inflated)
    {
        Span<byte> trailer = stackalloc byte[GzipTrailer];
        return TryReadEnd(compressed, trailer)
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == (uint)inflated.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Crc32.HashToUInt32(inflated);
    }

    /// <summary>RFC 1950: the Adler-32 of what was inflated ends the data.</summary>
    public static bool IsWholeZlib(in ReadOnlySequence<byte> compressed, ReadOnlySpan<byte> inflated)
    {
        Span<byte> trailer = stackalloc byte[ZlibTrailer];
        return TryReadEnd(compressed, trailer) && BinaryPrimitives.ReadUInt32BigEndian(trailer) == Adler32(inflated);
    }

    private static bool TryReadEnd(in ReadOnlySequence<byte> compressed, Span<byte> trailer)
    {
        if (compressed.Length < trailer.Length)
        {
            return false;
        }

        compressed.Slice(compressed.Length - trailer.Length).CopyTo(trailer);
        return true;
    }

    private static uint Adler32(ReadOnlySpan<byte> data)
    {
        var (low, high) = (1u, 0u);
        while (!data.IsEmpty)
        {
            var run = data[..Math.Min(data.Length, AdlerRun)];
            foreach (var one in run)
            {
                low += one;
                high += low;
            }

            low %= AdlerBase;
            high %= AdlerBase;
            data = data[run.Length..];
        }

        return (high << 16) | low;
    }
}
