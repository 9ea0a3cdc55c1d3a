using System.Globalization;
using System.Text.Json;
using Postrider.Events;

namespace Postrider.Destinations.Webhook;

/// <summary>A field of an event, as templates name it: one of the envelope, or a path of members into the body.</summary>
internal sealed class TemplateField
{
    /// <summary>Longest value that goes into a header or URL, in characters: servers refuse a few KiB of either.</summary>
    public const int MaxValueLength = 1024;

    private const int MaxDepth = 1024; // more than the gateway accepts

    private readonly string[]? _path;
    private readonly string? _default;

    private TemplateField(string name, string[]? path, string? @default)
    {
        Name = name;
        _path = path;
        _default = @default;
    }

    /// <summary>As the template writes it.</summary>
    public string Name { get; }

    /// <summary>Reads what stands between the braces; null: it names no field.</summary>
    public static TemplateField? Parse(string text)
    {
        var cut = text.IndexOf(":-", StringComparison.Ordinal);
        var name = cut < 0 ? text : text[..cut];
        var isOfBody = name.StartsWith('.');
        string[]? path = isOfBody || name is not ("id" or "type" or "key" or "source" or "sequence") ? (isOfBody ? name[1..] : name).Split('.') : null;
        return path is not null && path.Any(member => member.Length == 0 || member.Any(char.IsWhiteSpace))
            ? null
            : new TemplateField(name, path, cut < 0 ? null : text[(cut + 2)..]);
    }

    /// <summary>The field's value, or its default.</summary>
    /// <returns>What is wrong, without the value; null: nothing.</returns>
    public string? Read(Event from, out string value)
    {
        try
        {
            var mistake = _path is null ? ReadEnvelope(from, out var found) : ReadBody(from.Body.Span, out found);
            value = found ?? _default ?? "";
            return mistake
                ?? (found is null && _default is null ? "is missing" : value.Length > MaxValueLength ? $"is longer than {MaxValueLength} characters" : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            value = "";
            return "cannot be read";
        }
    }

    private string? ReadEnvelope(Event from, out string? value)
    {
        value = Name switch
        {
            "id" => from.Id,
            "type" => from.Type,
            "key" => from.Key,
            "source" => from.Source,
            _ => from.Sequence.ToString(CultureInfo.InvariantCulture),
        };
        return null;
    }

    private string? ReadBody(ReadOnlySpan<byte> body, out string? value)
    {
        value = null;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        foreach (var member in _path!)
        {
            if (reader.TokenType != JsonTokenType.StartObject || !TryEnter(ref reader, member))
            {
                return null;
            }
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                return "is not a single value";
            case JsonTokenType.String:
                value = reader.GetString();
                return null;
            default:
                value = System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
                return null;
        }
    }

    // A member given twice: the last counts, as for JSON readers at large.
    private static bool TryEnter(ref Utf8JsonReader reader, string member)
    {
        var found = false;
        var value = reader;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(member);
            reader.Read();
            if (isIt)
            {
                found = true;
                value = reader;
            }

            reader.Skip();
        }

        reader = value;
        return found;
    }
}
