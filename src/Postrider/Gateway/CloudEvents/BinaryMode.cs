using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway.CloudEvents;

/// <summary>
/// Makes the JSON form of a CloudEvent whose attributes are headers and whose body is the data, as
/// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md (3.1) has it.
/// </summary>
internal static class BinaryMode
{
    public const string VersionHeader = "ce-specversion";

    private const string Prefix = "ce-";

    /// <summary>The JSON form, or the answer to give.</summary>
    public static GatewayError? TryConvert(IHeaderDictionary headers, string? contentType, ReadOnlyMemory<byte> data, out byte[] json)
    {
        json = [];
        var isJson = IsJson(contentType);
        if (!data.IsEmpty && isJson && JsonBody.Check(data) is { } error)
        {
            return error;
        }

        var buffer = new ArrayBufferWriter<byte>(data.Length + 512);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var (name, values) in headers)
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (values is not [{ } value] || !TryDecode(value, out var text))
            {
                return CloudEventErrors.Bad($"the header {name} must be given once, as percent-encoded UTF-8");
            }

            // Header names have no case; attribute names have only the lower one. The two of data are none.
            var attribute = name[Prefix.Length..].ToLowerInvariant();
            if (attribute is "data" or "data_base64" or "datacontenttype")
            {
                return CloudEventErrors.Bad($"the header {name} is not allowed: the body is the data, and Content-Type says what it is");
            }

            writer.WriteString(attribute, text);
        }

        if (contentType is not null)
        {
            writer.WriteString("datacontenttype", contentType);
        }

        WriteData(writer, isJson, data);
        writer.WriteEndObject();
        writer.Flush();
        json = buffer.WrittenSpan.ToArray();
        return null;
    }

    private static void WriteData(Utf8JsonWriter writer, bool isJson, ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        if (isJson)
        {
            writer.WritePropertyName("data");
            writer.WriteRawValue(JsonBody.Text(data).Span, skipInputValidation: true);
        }
        else
        {
            writer.WriteBase64String("data_base64", data.Span);
        }
    }

    // The JSON media types, parameters aside; without a type it is JSON too (json-format.md, 3.1).
    private static bool IsJson(string? contentType)
    {
        if (contentType is null)
        {
            return true;
        }

        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = (end < 0 ? contentType : contentType[..end]).Trim();
        return type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    // http-protocol-binding.md, 3.1.3.2: spaces, quotes and all beyond ASCII come percent-encoded.
    private static bool TryDecode(string value, out string text)
    {
        text = value;
        if (!value.Contains('%', StringComparison.Ordinal))
        {
            return true;
        }

        var bytes = new List<byte>(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '%')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value, i, 1));
            }
            else if (i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
            {
                bytes.Add(Convert.FromHexString(value.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                return false;
            }
        }

        text = Encoding.UTF8.GetString([.. bytes]);
        return Utf8.IsValid([.. bytes]);
    }
}
