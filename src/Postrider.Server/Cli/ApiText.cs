using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Postrider.Server.Cli;

/// <summary>Writes what the admin API is asked.</summary>
internal static class ApiText
{
    /// <summary>A path with its query.</summary>
    public static string Query(string path, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var query = string.Join('&', parameters.Select(parameter => $"{parameter.Key}={Uri.EscapeDataString(parameter.Value)}"));
        return query.Length == 0 ? path : $"{path}?{query}";
    }

    /// <summary>A body: one object of texts.</summary>
    public static string Body(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var (name, value) in parameters)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A path's segment.</summary>
    public static string Segment(string text) => Uri.EscapeDataString(text);

    public static string Spell(long count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>As <c>1 event</c>, <c>2 events</c>.</summary>
    public static string Spell(long count, string thing) => $"{Spell(count)} {thing}{(count == 1 ? "" : "s")}";

    /// <summary>A time for people, in their own zone.</summary>
    public static string Spell(DateTimeOffset? time) =>
        time is { } at ? at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "-";

    /// <summary>Text from outside, on one line and without what a terminal would obey.</summary>
    public static string Printable(string? text) => string.Concat((text ?? "-").Select(letter => char.IsControl(letter) ? ' ' : letter));
}
