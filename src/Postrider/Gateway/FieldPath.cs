using System.Text;
using System.Text.Json;

namespace Postrider.Gateway;

/// <summary>Names a field of a JSON object: member names from the outside in, with dots between them.</summary>
internal sealed class FieldPath(string text)
{
    private readonly byte[][] _names = [.. text.Split('.').Select(Encoding.UTF8.GetBytes)];

    /// <summary>As the configuration has it.</summary>
    public string Text => text;

    /// <summary>The fields of a list such as <c>userId, anonymousId</c>.</summary>
    public static IReadOnlyList<FieldPath> ParseList(string text) => [.. text.Split(',').Select(field => new FieldPath(field.Trim()))];

    /// <summary>Whether something other than null and an empty string stands there. The document must be valid JSON.</summary>
    public bool IsPresent(ReadOnlySpan<byte> json) =>
        TryRead(json, out var value) && !(value.TokenType is JsonTokenType.String && value.ValueSpan.IsEmpty);

    /// <summary>The text of a string that is not empty, or of a number, as UTF-8; false: neither stands there.</summary>
    /// <param name="json">A whole, valid document.</param>
    /// <param name="text">Unescaped.</param>
    /// <param name="problem">Why it is none, where it stands there but cannot be used: half a character.</param>
    public bool TryReadText(ReadOnlySpan<byte> json, out byte[] text, out bool problem)
    {
        text = [];
        problem = false;
        if (!TryRead(json, out var value) || value.TokenType is not (JsonTokenType.String or JsonTokenType.Number) || value.ValueSpan.IsEmpty)
        {
            return false;
        }

        if (!value.ValueIsEscaped)
        {
            text = value.ValueSpan.ToArray();
            return true;
        }

        var buffer = new byte[value.ValueSpan.Length];
        try
        {
            text = buffer[..value.CopyString(buffer)];
            return true;
        }
        catch (InvalidOperationException)
        {
            problem = true;
            return false;
        }
    }

    /// <summary>Finds the field's value. Of a member given twice the last counts, at every level. The object must be valid JSON.</summary>
    /// <returns>Where the value stands; an empty range without one.</returns>
    public Range Find(ReadOnlySpan<byte> json)
    {
        var (start, end) = (0, json.Length);
        foreach (var name in _names)
        {
            var (from, to) = FindMember(json[start..end], name);
            if (to == 0)
            {
                return default;
            }

            (start, end) = (start + from, start + to);
        }

        return start..end;
    }

    public override string ToString() => text;

    // At the value, where there is one and it is not null.
    private bool TryRead(ReadOnlySpan<byte> json, out Utf8JsonReader value)
    {
        var place = json[Find(json)];
        value = new Utf8JsonReader(place.IsEmpty ? "null"u8 : place, new JsonReaderOptions { MaxDepth = JsonLimits.MaxDepth });
        return value.Read() && value.TokenType is not JsonTokenType.Null;
    }

    private static (int Start, int End) FindMember(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonLimits.MaxDepth });
        var found = (0, 0);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return found;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = JsonMemberName.Is(ref reader, name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            found = isIt ? (start, (int)reader.BytesConsumed) : found;
        }

        return found;
    }
}
