using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Postrider.Gateway.Webhooks;

/// <summary>Makes JSON of a form: a field is a string, one given several times a list of strings.</summary>
internal static class FormJson
{
    private const string FormType = "application/x-www-form-urlencoded";

    public static bool IsForm(string? contentType) =>
        contentType is not null && contentType.AsSpan(0, contentType.IndexOf(';') is var end and >= 0 ? end : contentType.Length).Trim().Equals(FormType, StringComparison.OrdinalIgnoreCase);

    public static byte[] Convert(ReadOnlySpan<byte> form)
    {
        var buffer = new ArrayBufferWriter<byte>(form.Length + 64);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var (name, values) in QueryHelpers.ParseQuery(Encoding.UTF8.GetString(form)))
        {
            writer.WritePropertyName(name);
            if (values.Count == 1)
            {
                writer.WriteStringValue(values[0]);
                continue;
            }

            writer.WriteStartArray();
            foreach (var value in values)
            {
                writer.WriteStringValue(value);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
