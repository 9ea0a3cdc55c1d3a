using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Postrider.Gateway;

/// <summary>Checks documents of any shape.</summary>
internal static class JsonBody
{
    /// <summary>The answer to a body that is no JSON document of valid UTF-8; null: it is one.</summary>
    public static GatewayError? Check(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return GatewayErrors.BodyEmpty;
        }

        if (!Utf8.IsValid(body.Span))
        {
            return GatewayErrors.NotUtf8(Utf8Scan.IndexOfInvalid(new ReadOnlySequence<byte>(body)));
        }

        try
        {
            var reader = new Utf8JsonReader(Text(body).Span);
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException e)
        {
            return GatewayErrors.InvalidJson(e);
        }
    }

    /// <summary>The document without the mark that JSON lets a reader ignore.</summary>
    public static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> body) => body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
}
