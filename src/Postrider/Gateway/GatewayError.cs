using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>An answer that is not a success: status, name for the metrics, and the finished JSON body.</summary>
internal sealed class GatewayError
{
    // The body is served as application/json, so quotes and umlauts in a message may stay readable.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private byte[]? _body;

    public GatewayError(int status, string type, string message, TimeSpan? retryAfter = null)
    {
        Status = status;
        Type = type;
        RetryAfter = retryAfter;
        Message = message;
    }

    public int Status { get; }

    /// <summary>The metric's <c>error.type</c>: a short, closed set of words.</summary>
    public string Type { get; }

    /// <summary>For people.</summary>
    public string Message { get; }

    public TimeSpan? RetryAfter { get; }

    /// <summary>Rendered when it is asked for: of the errors of a batch's events all but one are never answered.</summary>
    public ReadOnlyMemory<byte> Body => _body ??= Render(Message);

    private static byte[] Render(string message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("success", false);
            writer.WriteString("message", message);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
