using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.Extensions.Primitives;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Inflates compressed bodies within the bounds that hold for all: a body is as large as it is inflated.</summary>
internal sealed class BodyInflater(ReceiveBudget budget)
{
    private const int Smallest = 16 * 1024;

    // What events usually shrink to is a fifth to a tenth.
    private const int UsualRatio = 8;

    // Not an error.
    private static readonly GatewayError End = new(0, "", "");

    /// <summary>Whether the header names an encoding that can be inflated.</summary>
    public static bool IsKnown(in StringValues encoding) => encoding is [{ } one] && Inflating(one) is not null;

    /// <summary>A rented body, whose bytes are taken from the budget; or the answer to give.</summary>
    public GatewayError? TryInflate(in ReadOnlySequence<byte> body, string encoding, GatewayConfig limits, out RentedBody inflated)
    {
        inflated = default;
        var max = limits.MaxBodySize.Bytes;
        var (buffer, length) = (ArrayPool<byte>.Shared.Rent((int)Math.Min(max + 1, Math.Max(Smallest, body.Length * UsualRatio))), 0);
        GatewayError? error;
        try
        {
            using var stream = Inflating(encoding)!(PipeReader.Create(body).AsStream());
            while ((error = Read(stream, ref buffer, ref length, limits)) is null)
            {
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            error = GatewayErrors.BodyNotCompressedAsSaid;
        }

        if (ReferenceEquals(error, End) && !IsWhole(encoding, body, buffer.AsSpan(0, length)))
        {
            error = GatewayErrors.BodyNotCompressedAsSaid;
        }

        if (ReferenceEquals(error, End))
        {
            inflated = new RentedBody(buffer, length);
            return null;
        }

        budget.Return(length);
        ArrayPool<byte>.Shared.Return(buffer);
        return error;
    }

    private GatewayError? Read(Stream stream, ref byte[] buffer, ref int length, GatewayConfig limits)
    {
        var max = limits.MaxBodySize.Bytes;
        if (length == buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(max + 1, buffer.Length * 2L));
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        var read = stream.Read(buffer, length, (int)Math.Min(buffer.Length, max + 1) - length);
        if (read == 0)
        {
            return End;
        }

        if (length + read > max)
        {
            return GatewayErrors.BodyTooLarge(max);
        }

        // Room for one more body than is received: a small one that inflates to a large one must find a place at some time.
        if (!budget.TryTake(read, limits.MaxReceiving.Bytes + max))
        {
            return GatewayErrors.TooManyBodies;
        }

        length += read;
        return null;
    }

    // Brotli's stream says itself when it is cut.
    private static bool IsWhole(string encoding, in ReadOnlySequence<byte> body, ReadOnlySpan<byte> inflated) => encoding.Trim().ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => CompressionEnd.IsWholeGzip(body, inflated),
        "DEFLATE" => CompressionEnd.IsWholeZlib(body, inflated),
        _ => true,
    };

    private static Func<Stream, Stream>? Inflating(string encoding) => encoding.Trim().ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => stream => new GZipStream(stream, CompressionMode.Decompress),
        "DEFLATE" => stream => new ZLibStream(stream, CompressionMode.Decompress),
        "BR" => stream => new BrotliStream(stream, CompressionMode.Decompress),
        _ => null,
    };
}
