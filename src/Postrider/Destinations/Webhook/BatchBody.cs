using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Postrider.Destinations.Http;
using Postrider.Events;

namespace Postrider.Destinations.Webhook;

/// <summary>Writes the body of a batch, and names it.</summary>
/// <remarks>The copy is as large as the events, of which no more are in flight than <c>delivery.maxInMemory</c> lets be.</remarks>
internal sealed class BatchBody(BatchFormat format, BatchItems items)
{
    private const int EnvelopeBytes = 80;
    private const int IdHashBytes = 16;
    private const int LongestSequence = 20;

    public string ContentType => format == BatchFormat.Json ? "application/json" : "application/x-ndjson";

    /// <summary>The same for the same events in the same order, whenever they are sent.</summary>
    public static string IdOf(IReadOnlyList<DeliveryAttempt> batch)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var attempt in batch)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(attempt.Event.Id));
            hash.AppendData("\n"u8);
        }

        return "bat_" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, IdHashBytes));
    }

    public PooledBytes Write(IReadOnlyList<DeliveryAttempt> batch)
    {
        var size = 2;
        foreach (var attempt in batch)
        {
            size += attempt.Event.Body.Length + EnvelopeBytes;
        }

        var body = new PooledBytes(size);
        var isJson = format == BatchFormat.Json;
        for (var i = 0; i < batch.Count; i++)
        {
            if (isJson)
            {
                body.Write(i == 0 ? "["u8 : ","u8);
            }

            WriteItem(batch[i].Event, body);
            if (!isJson)
            {
                body.Write("\n"u8);
            }
        }

        if (isJson)
        {
            body.Write("]"u8);
        }

        return body;
    }

    private void WriteItem(Event item, PooledBytes body)
    {
        if (items == BatchItems.Event)
        {
            WriteEvent(item, body);
            return;
        }

        body.Write("{\"id\":\""u8);
        body.Write(JsonEncodedText.Encode(item.Id).EncodedUtf8Bytes);
        body.Write("\",\"sequence\":"u8);
        Span<byte> sequence = stackalloc byte[LongestSequence];
        Utf8Formatter.TryFormat(item.Sequence, sequence, out var length);
        body.Write(sequence[..length]);
        body.Write(",\"event\":"u8);
        WriteEvent(item, body);
        body.Write("}"u8);
    }

    private void WriteEvent(Event item, PooledBytes body)
    {
        var source = item.Body.Span;
        var written = body.Take(source.Length);
        source.CopyTo(written);
        if (format == BatchFormat.Ndjson)
        {
            // Inside strings JSON escapes line breaks: a raw one stands between tokens, where a space means the same.
            written.Replace((byte)'\n', (byte)' ');
            written.Replace((byte)'\r', (byte)' ');
        }
    }
}
