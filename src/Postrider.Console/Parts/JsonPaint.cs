using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Postrider.WebConsole.Parts;

/// <summary>Indents JSON and marks its names, texts and numbers. What is no JSON stays as it is.</summary>
internal static class JsonPaint
{
    private const int MostDepth = 64;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = MostDepth };
    private static readonly JsonWriterOptions Texts = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text indented, and the same as HTML in which everything of the text is encoded.</summary>
    public static (string Text, string Html) Paint(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Reading);
            var paint = new Painting();
            paint.Value(document.RootElement, 0);
            return (paint.Text.ToString(), paint.Html.ToString());
        }
        catch (JsonException)
        {
            return (text, HtmlEncoder.Default.Encode(text));
        }
    }

    private static string Quote(string text)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Texts))
        {
            writer.WriteStringValue(text);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private sealed class Painting
    {
        public StringBuilder Text { get; } = new();

        public StringBuilder Html { get; } = new();

        public void Value(JsonElement value, int depth)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    Block('{', '}', value.EnumerateObject().Select(member => (Action)(() =>
                    {
                        Mark("k", Quote(member.Name));
                        Plain(": ");
                        Value(member.Value, depth + 1);
                    })), depth);
                    break;
                case JsonValueKind.Array:
                    Block('[', ']', value.EnumerateArray().Select(item => (Action)(() => Value(item, depth + 1))), depth);
                    break;
                case JsonValueKind.String:
                    Mark("s", Quote(value.GetString()!));
                    break;
                default:
                    Mark("n", value.GetRawText());
                    break;
            }
        }

        private void Block(char open, char close, IEnumerable<Action> items, int depth)
        {
            Plain(open.ToString());
            var first = true;
            foreach (var item in items)
            {
                Plain(first ? "\n" : ",\n");
                Plain(new string(' ', 2 * (depth + 1)));
                item();
                first = false;
            }

            Plain(first ? close.ToString() : "\n" + new string(' ', 2 * depth) + close);
        }

        private void Plain(string text)
        {
            Text.Append(text);
            Html.Append(text);
        }

        private void Mark(string kind, string text)
        {
            Text.Append(text);
            Html.Append("<span class=\"j-").Append(kind).Append("\">").Append(HtmlEncoder.Default.Encode(text)).Append("</span>");
        }
    }
}
