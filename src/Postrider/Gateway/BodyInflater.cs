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

    /// <summary>A rented body, whose array is taken from the budget as a whole; or the answer to give.</summary>
    public GatewayError? TryInflate(in ReadOnlySequence<byte> body, string encoding, GatewayConfig limits, out RentedBody inflated)
    {
        inflated = default;
        var target = new Target(budget, limits);
        GatewayError? error;
        try
        {
            error = target.TryGrow(Math.Max(Smallest, body.Length * UsualRatio));
            using var stream = Inflating(encoding)!(PipeReader.Create(body).AsStream());
            while (error is null)
            {
                error = target.Read(stream);
            }

            if (ReferenceEquals(error, End) && IsWhole(encoding, body, target.Written))
            {
                inflated = target.Keep();
                return null;
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            error = End;
        }
        finally
        {
            target.Return();
        }

        return ReferenceEquals(error, End) ? GatewayErrors.BodyNotCompressedAsSaid : error;
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

    // Where it is inflated to: it grows as the body does, up to one byte more than a body may have, which tells that it is too large.
    private sealed class Target(ReceiveBudget budget, GatewayConfig limits)
    {
        private readonly long _max = limits.MaxBodySize.Bytes;
        private byte[] _buffer = [];
        private int _length;
        private long _taken;

        public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

        public GatewayError? TryGrow(long wanted)
        {
            // Room for one more body than is received: a small one that inflates to a large one must find a place at some time.
            var size = (int)Math.Min(_max + 1, wanted);
            if (!budget.TryTake(size - _taken, limits.MaxReceiving.Bytes + _max + 1))
            {
                return GatewayErrors.TooManyBodies;
            }

            _taken = size;
            var larger = ArrayPool<byte>.Shared.Rent(size);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ReturnBuffer();
            _buffer = larger;
            return null;
        }

        public GatewayError? Read(Stream stream)
        {
            if (_length == _taken && TryGrow(_taken * 2) is { } full)
            {
                return full;
            }

            var read = stream.Read(_buffer, _length, (int)_taken - _length);
            _length += read;
            return read == 0 ? End : _length > _max ? GatewayErrors.BodyTooLarge(_max) : null;
        }

        public RentedBody Keep()
        {
            var kept = new RentedBody(_buffer, _length, _taken);
            (_buffer, _taken) = ([], 0);
            return kept;
        }

        public void Return()
        {
            budget.Return(_taken);
            _taken = 0;
            ReturnBuffer();
        }

        private void ReturnBuffer()
        {
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = [];
        }
    }
}
