using System.Text.Encodings.Web;
using System.Text.Json;
using Postrider.Events;

namespace Example.Files;

/// <summary>The line of an event: <c>{"id":…,"receivedAt":…,"event":{…}}</c>. A repeat has the id of the first, so readers keep one of each.</summary>
internal static class EventLine
{
    // The line is a file and not part of a page: letters stay as they are.
    private static readonly JsonWriterOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream lines, Event item)
    {
        using (var writer = new Utf8JsonWriter(lines, AsItIs))
        {
            writer.WriteStartObject();
            writer.WriteString("id", item.Id);
            writer.WriteString("receivedAt", item.ReceivedAt);
            writer.WritePropertyName("event");

            // The body is kept as it was received, line breaks included; here it has to be one line.
            using var body = JsonDocument.Parse(item.Body);
            body.RootElement.WriteTo(writer);
            writer.WriteEndObject();
        }

        lines.WriteByte((byte)'\n');
    }
}
