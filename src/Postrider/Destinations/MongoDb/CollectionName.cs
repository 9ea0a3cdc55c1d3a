using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Postrider.Events;

namespace Postrider.Destinations.MongoDb;

/// <summary>The collection's name as the user wrote it, with fields of the event in braces.</summary>
internal sealed class CollectionName
{
    // Database and collection share 255 bytes; what is over is for the database, 63 at the most, and a dot.
    private const int MaxBytes = 190;
    private const int MaxFieldLength = 40;
    private const int DateFieldLength = 4;
    private const string Fields = "{type}, {source}, {year}, {month} and {day}";

    private static readonly SearchValues<char> Plain = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-");

    private readonly IReadOnlyList<(string Text, bool IsField)> _parts;

    private CollectionName(IReadOnlyList<(string Text, bool IsField)> parts)
    {
        _parts = parts;
        Fixed = parts.All(part => !part.IsField) ? string.Concat(parts.Select(part => part.Text)) : null;
    }

    /// <summary>The name, where it is the same for all events.</summary>
    public string? Fixed { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out CollectionName? name, [NotNullWhen(false)] out string? mistake)
    {
        name = null;
        var parts = new List<(string Text, bool IsField)>();
        var length = 0;
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var open = rest.IndexOf('{');
            var close = open < 0 ? -1 : rest.IndexOf('}');
            if (open < 0 ? rest.Contains('}') : close < open)
            {
                mistake = $"has a brace without its partner; fields are {Fields}";
                return false;
            }

            if (open != 0)
            {
                var plain = (open < 0 ? rest : rest[..open]).ToString();
                parts.Add((plain, false));
                length += Encoding.UTF8.GetByteCount(plain);
                rest = rest[plain.Length..];
                continue;
            }

            var field = rest[1..close].ToString();
            if (field is not ("type" or "source" or "year" or "month" or "day"))
            {
                mistake = $"has an unknown field '{{{field}}}'; fields are {Fields}";
                return false;
            }

            parts.Add((field, true));
            length += field is "type" or "source" ? MaxFieldLength : DateFieldLength;
            rest = rest[(close + 1)..];
        }

        mistake = text.Length == 0 || length > MaxBytes ? $"must be a name of 1 to {MaxBytes} bytes, of which {{type}} and {{source}} take up to {MaxFieldLength} each"
            : text.AsSpan().ContainsAny('$', '\0') ? "must not hold $"
            : text[0] == '.' || text[^1] == '.' || text.Contains("..", StringComparison.Ordinal) ? "must not have an empty part before, after or between dots"
            : text.StartsWith("system.", StringComparison.Ordinal) ? "must not begin with system.: those collections are the server's own"
            : null;
        name = mistake is null ? new CollectionName(parts) : null;
        return name is not null;
    }

    public string Of(Event item)
    {
        if (Fixed is not null)
        {
            return Fixed;
        }

        var name = new StringBuilder();
        foreach (var (text, isField) in _parts)
        {
            if (isField)
            {
                Append(name, text, item);
            }
            else
            {
                name.Append(text);
            }
        }

        return name.ToString();
    }

    private static void Append(StringBuilder name, string field, Event item)
    {
        switch (field)
        {
            case "type":
                AppendSafe(name, item.Type is { Length: > 0 } type ? type : "untyped");
                break;
            case "source":
                AppendSafe(name, item.Source);
                break;
            default:
                var format = field switch { "year" => "yyyy", "month" => "MM", _ => "dd" };
                name.Append(item.ReceivedAt.UtcDateTime.ToString(format, CultureInfo.InvariantCulture));
                break;
        }
    }

    // The value comes from clients: no dots, no dollars, nothing that another tool would stumble over.
    private static void AppendSafe(StringBuilder name, string value)
    {
        foreach (var c in value.AsSpan(0, Math.Min(value.Length, MaxFieldLength)))
        {
            name.Append(Plain.Contains(c) ? c : '_');
        }
    }
}
