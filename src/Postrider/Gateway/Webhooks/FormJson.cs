using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Postrider.Gateway.Webhooks;

/// <summary>Makes JSON of a form: a field is a string, one given several times a list of strings, in the order in which they came.</summary>
internal static class FormJson
{
    /// <summary>As many as web servers take at most; beyond it a form is made to fill memory.</summary>
    public const int MaxFields = 1024;

    private const string FormType = "application/x-www-form-urlencoded";
    private const string PartsType = "multipart/form-data";

    public static bool IsForm(string? contentType) => Is(contentType, FormType);

    /// <summary>A form that carries files: there is no JSON for those.</summary>
    public static bool IsForParts(string? contentType) => Is(contentType, PartsType);

    /// <summary>The form as JSON, whose size is taken from the share; or the answer to give.</summary>
    public static GatewayError? TryConvert(ReadOnlySpan<byte> form, long maxBytes, EventShare share, out byte[] json)
    {
        json = [];
        var text = ArrayPool<byte>.Shared.Rent(form.Length);
        try
        {
            var fields = new Dictionary<string, List<Range>>(StringComparer.Ordinal);
            if (TryRead(form, text, fields) is { } error)
            {
                return error;
            }

            var size = Measure(fields, text);
            if (size > maxBytes)
            {
                return GatewayErrors.BodyTooLarge(maxBytes);
            }

            if (share.TryHold(size) is { } full)
            {
                return full;
            }

            json = new byte[size];
            Write(fields, text, json);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private static bool Is(string? contentType, string type) =>
        contentType is not null
        && contentType.AsSpan(0, contentType.IndexOf(';', StringComparison.Ordinal) is var end and >= 0 ? end : contentType.Length).Trim().Equals(type, StringComparison.OrdinalIgnoreCase);

    // Decodes the fields into one array, which they cannot outgrow.
    private static GatewayError? TryRead(ReadOnlySpan<byte> form, Span<byte> text, Dictionary<string, List<Range>> fields)
    {
        var (used, count) = (0, 0);
        foreach (var part in form.Split((byte)'&'))
        {
            var field = form[part];
            if (field.IsEmpty)
            {
                continue;
            }

            if (++count > MaxFields)
            {
                return WebhookErrors.TooManyFields;
            }

            var equals = field.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? field : field[..equals], text, ref used);
            var value = Decode(equals < 0 ? default : field[(equals + 1)..], text, ref used);
            if (!Utf8.IsValid(text[name]) || !Utf8.IsValid(text[value]))
            {
                return WebhookErrors.FormNotText;
            }

            var key = Encoding.UTF8.GetString(text[name]);
            if (!fields.TryGetValue(key, out var values))
            {
                fields.Add(key, values = []);
            }

            values.Add(value);
        }

        return null;
    }

    // https://url.spec.whatwg.org/#urlencoded-parsing: a percent sign that begins no byte stands for itself.
    private static Range Decode(ReadOnlySpan<byte> encoded, Span<byte> text, ref int used)
    {
        var start = used;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit((char)encoded[i + 1]) && char.IsAsciiHexDigit((char)encoded[i + 2]))
            {
                Convert.FromHexString(encoded.Slice(i + 1, 2), text[used..], out _, out _);
                used++;
                i += 2;
            }
            else
            {
                text[used++] = encoded[i] == '+' ? (byte)' ' : encoded[i];
            }
        }

        return start..used;
    }

    private static long Measure(Dictionary<string, List<Range>> fields, ReadOnlySpan<byte> text)
    {
        // Braces; then for each field name, colon and comma, and brackets and commas where it has several values.
        var size = 2L + Math.Max(0, fields.Count - 1);
        foreach (var (name, values) in fields)
        {
            size += JsonQuote.Measure(Encoding.UTF8.GetBytes(name)) + 1 + (values.Count > 1 ? values.Count + 1 : 0);
            foreach (var value in values)
            {
                size += JsonQuote.Measure(text[value]);
            }
        }

        return size;
    }

    private static void Write(Dictionary<string, List<Range>> fields, ReadOnlySpan<byte> text, Span<byte> json)
    {
        var used = 0;
        json[used++] = (byte)'{';
        foreach (var (name, values) in fields)
        {
            if (used > 1)
            {
                json[used++] = (byte)',';
            }

            used += JsonQuote.Write(Encoding.UTF8.GetBytes(name), json[used..]);
            json[used++] = (byte)':';
            if (values.Count > 1)
            {
                json[used++] = (byte)'[';
            }

            for (var i = 0; i < values.Count; i++)
            {
                if (i > 0)
                {
                    json[used++] = (byte)',';
                }

                used += JsonQuote.Write(text[values[i]], json[used..]);
            }

            if (values.Count > 1)
            {
                json[used++] = (byte)']';
            }
        }

        json[used] = (byte)'}';
    }
}
