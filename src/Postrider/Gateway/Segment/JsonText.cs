using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>Takes texts and times out of single JSON values.</summary>
internal static class JsonText
{
    /// <summary>The unescaped text of a string, or a number's own; empty for anything else.</summary>
    /// <returns>False: it holds half of a character.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> body, in MemberPlace place, out ReadOnlyMemory<byte> text)
    {
        text = place.Kind switch
        {
            JsonTokenType.String => body[(place.Start + 1)..(place.End - 1)],
            JsonTokenType.Number => body[place.Start..place.End],
            _ => default,
        };
        return !place.IsEscaped || TryUnescape(body.Span[place.Start..place.End], out text);
    }

    /// <summary>The place of a value that was found without a scan.</summary>
    public static MemberPlace PlaceOf(ReadOnlySpan<byte> body, Range range)
    {
        var (start, length) = range.GetOffsetAndLength(body.Length);
        if (length == 0)
        {
            return default;
        }

        var value = body.Slice(start, length);
        var kind = value[0] switch
        {
            (byte)'"' => JsonTokenType.String,
            (byte)'n' => JsonTokenType.Null,
            (byte)'{' => JsonTokenType.StartObject,
            (byte)'[' => JsonTokenType.StartArray,
            (byte)'t' or (byte)'f' => JsonTokenType.True,
            _ => JsonTokenType.Number,
        };
        var isEscaped = kind == JsonTokenType.String && value.Contains((byte)'\\');
        return new MemberPlace(Member.None, kind, isEscaped, start, start + length);
    }

    public static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    /// <summary>A time as ISO 8601 writes it; null: it is none.</summary>
    public static DateTimeOffset? ReadTime(ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a character: no text, so no time.
            return null;
        }
    }

    private static bool TryUnescape(ReadOnlySpan<byte> value, out ReadOnlyMemory<byte> text)
    {
        var reader = new Utf8JsonReader(value);
        reader.Read();
        try
        {
            var buffer = new byte[value.Length];
            text = buffer.AsMemory(0, reader.CopyString(buffer));
            return true;
        }
        catch (InvalidOperationException)
        {
            text = default;
            return false;
        }
    }
}
