using System.Diagnostics.CodeAnalysis;
using System.Text;
using Postrider.Events;

namespace Postrider.Destinations.Webhook;

/// <summary>Text with fields of an event in braces: <c>{userId}</c>, <c>{context.tenant:-none}</c>. <c>{{</c> and <c>}}</c> are braces.</summary>
internal sealed class EventTemplate
{
    private readonly (string Literal, TemplateField? Field)[] _parts;

    private EventTemplate((string Literal, TemplateField? Field)[] parts) => _parts = parts;

    public bool HasFields => _parts.Any(part => part.Field is not null);

    public static EventTemplate Parse(string text) => TryParse(text, out var template, out var mistake) ? template : throw new FormatException(mistake);

    public static bool TryParse(string text, [NotNullWhen(true)] out EventTemplate? template, [NotNullWhen(false)] out string? mistake)
    {
        template = null;
        var parts = new List<(string, TemplateField?)>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var isDoubled = i + 1 < text.Length && text[i + 1] == text[i];
            if (text[i] is not ('{' or '}') || isDoubled)
            {
                i += text[i] is '{' or '}' ? 1 : 0;
                literal.Append(text[i]);
                continue;
            }

            var end = text[i] == '{' ? text.AsSpan(i + 1).IndexOfAny('{', '}') : -1;
            if (end < 0 || text[i + 1 + end] == '{')
            {
                mistake = "has a brace without its other half; a field is written {name}, and a brace {{ or }}";
                return false;
            }

            if (TemplateField.Parse(text[(i + 1)..(i + 1 + end)]) is not { } field)
            {
                mistake = "has braces that name no field; a field is id, type, key, source, sequence, or members of the body as {userId} or {context.tenant}";
                return false;
            }

            parts.Add((literal.ToString(), field));
            literal.Clear();
            i += end + 1;
        }

        parts.Add((literal.ToString(), null));
        template = new EventTemplate([.. parts]);
        mistake = null;
        return true;
    }

    /// <summary>Appends the text for an event.</summary>
    /// <param name="from">The event.</param>
    /// <param name="escape">Makes a value fit the place it goes to.</param>
    /// <param name="mayBeEmpty">A value may be empty.</param>
    /// <param name="text">Where it goes.</param>
    /// <returns>What is wrong with the event, for people, without a value; null: nothing.</returns>
    public string? Fill(Event from, Func<string, string> escape, bool mayBeEmpty, StringBuilder text)
    {
        foreach (var (literal, field) in _parts)
        {
            text.Append(literal);
            if (field is null)
            {
                continue;
            }

            if (field.Read(from, out var value) is { } mistake)
            {
                return $"its field '{field.Name}' {mistake}";
            }

            if (value.Length == 0 && !mayBeEmpty)
            {
                return $"its field '{field.Name}' is empty";
            }

            text.Append(escape(value));
        }

        return null;
    }
}
