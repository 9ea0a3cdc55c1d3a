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

    /// <summary>What the JSON form of so much data takes at most, attributes of a usual size included.</summary>
    public static long Measure(int dataLength) => (dataLength * 4L / 3) + 4096;

    /// <summary>The JSON form, or the answer to give.</summary>
    public static GatewayError? TryConvert(IHeaderDictionary headers, string? contentType, ReadOnlyMemory<byte> data, out ReadOnlyMemory<byte> json)
    {
        json = default;
        var isJson = IsJson(contentType);
        if (!data.IsEmpty && isJson && JsonBody.Check(data) is { } error)
        {
            return error;
        }

        var buffer = new ArrayBufferWriter<byte>((int)Measure(data.Length));
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
        json = buffer.WrittenMemory;
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

    // http-protocol-binding.md, 3.1.3.2: spaces, quotes and all beyond ASCII come percent-encoded; older senders put quotes around.
    private static bool TryDecode(string value, out string text)
    {
        text = value is ['"', .., '"'] ? Unquote(value.AsSpan(1, value.Length - 2)) : value;
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return true;
        }

        var bytes = new ArrayBufferWriter<byte>(text.Length);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (rest[0] != '%')
            {
                // As a whole: a character may be two of these.
                var plain = rest.IndexOf('%') is var next and >= 0 ? next : rest.Length;
                Encoding.UTF8.GetBytes(rest[..plain], bytes);
                rest = rest[plain..];
            }
            else if (rest.Length > 2 && char.IsAsciiHexDigit(rest[1]) && char.IsAsciiHexDigit(rest[2]))
            {
                bytes.Write(Convert.FromHexString(rest[1..3]));
                rest = rest[3..];
            }
            else
            {
                return false;
            }
        }

        text = Encoding.UTF8.GetString(bytes.WrittenSpan);
        return Utf8.IsValid(bytes.WrittenSpan);
    }

    // RFC 7230, 3.2.6: a backslash stands before what is meant as it is.
    private static string Unquote(ReadOnlySpan<char> quoted)
    {
        var text = new StringBuilder(quoted.Length);
        for (var i = 0; i < quoted.Length; i++)
        {
            i += quoted[i] == '\\' && i + 1 < quoted.Length ? 1 : 0;
            text.Append(quoted[i]);
        }

        return text.ToString();
    }
}
