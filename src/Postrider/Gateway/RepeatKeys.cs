using System.Buffers;
using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;
using Postrider.Events;

namespace Postrider.Gateway;

/// <summary>Makes what a repeat of an event is recognised by.</summary>
internal static class RepeatKeys
{
    /// <summary>Longest id that is taken, in bytes.</summary>
    public const int MaxIdBytes = 1024;

    private const string IdempotencyKeyHeader = "Idempotency-Key";

    /// <summary>The key of an id that a client gave to an event of a source.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="kind">What the id is.</param>
    /// <param name="id">The id; ids of several parts have a zero byte between them.</param>
    /// <param name="body">The body as the client sent it.</param>
    /// <param name="until">The end of the window.</param>
    public static RepeatKey Of(string source, RepeatKind kind, ReadOnlySpan<byte> id, in ReadOnlySequence<byte> body, DateTimeOffset until)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(source));
        hash.Append([0, (byte)kind]);
        hash.Append(id);
        return new RepeatKey(hash.GetCurrentHashAsUInt128(), HashBody(body), until);
    }

    /// <summary>The <c>Idempotency-Key</c> of a request; null: it has none. False: it is no good.</summary>
    public static bool TryReadIdempotencyKey(IHeaderDictionary headers, out byte[]? key)
    {
        var values = headers[IdempotencyKeyHeader];
        key = values.Count == 1 ? Encoding.UTF8.GetBytes(values[0]!) : null;
        return values.Count == 0 || key is { Length: > 0 and <= MaxIdBytes };
    }

    private static ulong HashBody(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            return XxHash3.HashToUInt64(body.FirstSpan);
        }

        var hash = new XxHash3();
        foreach (var part in body)
        {
            hash.Append(part.Span);
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
