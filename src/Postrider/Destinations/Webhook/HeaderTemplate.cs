using System.Text;
using Postrider.Events;

namespace Postrider.Destinations.Webhook;

/// <summary>A header whose value comes from the event.</summary>
internal sealed class HeaderTemplate(string name, string text)
{
    private readonly EventTemplate _template = EventTemplate.Parse(text);

    public string Name => name;

    /// <summary>The value for an event, or what is wrong with the event.</summary>
    public string? Fill(Event from, out string value)
    {
        var text = new StringBuilder();
        var mistake = _template.Fill(from, Escape, mayBeEmpty: true, text);
        value = text.ToString();
        return mistake is null ? null : $"{mistake}; the header {name} takes it";
    }

    /// <summary>
    /// A value as a header can carry it: what is not printable ASCII, <c>%</c>, and a space at either end become <c>%XX</c> of their UTF-8,
    /// so a line break cannot end the header, and decoding percent signs gives back the value.
    /// </summary>
    internal static string Escape(string value)
    {
        var isPlain = !value.Any(c => c is < ' ' or > '~' or '%') && !value.StartsWith(' ') && !value.EndsWith(' ');
        if (isPlain)
        {
            return value;
        }

        var bytes = Encoding.UTF8.GetBytes(value);
        var text = new StringBuilder(bytes.Length * 2);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEdge = i == 0 || i == bytes.Length - 1;
            if (bytes[i] is < (byte)' ' or > (byte)'~' or (byte)'%' || (bytes[i] == ' ' && isEdge))
            {
                text.Append('%').Append(Convert.ToHexString(bytes, i, 1));
            }
            else
            {
                text.Append((char)bytes[i]);
            }
        }

        return text.ToString();
    }
}
