using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Postrider.Gateway.Segment;

/// <summary>An event from an image's address: each parameter is a field, with dots between the levels (<c>context.page.title=Home</c>).</summary>
internal static class PixelEvent
{
    public const string WriteKeyParameter = "writeKey";

    // Deeper than any event; an address is a few KB, which is too short for much.
    private const int MaxLevels = 16;

    /// <summary>One pixel that nobody sees.</summary>
    public static ReadOnlySpan<byte> Image =>
    [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x21, 0xF9,
        0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x01, 0x44, 0x00, 0x3B,
    ];

    /// <summary>The event's JSON; null: a track call with an empty name, which is none.</summary>
    public static byte[]? Read(QueryString query, string type, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var root = new JsonObject
        {
            ["channel"] = "web",
            ["integrations"] = new JsonObject { ["All"] = true },
            ["originalTimestamp"] = time,
            ["sentAt"] = time,
        };
        foreach (var parameter in new QueryStringEnumerable(query.Value))
        {
            // Of a field given twice the last counts; upper and lower case are two.
            var name = parameter.DecodeName();
            if (!name.Span.SequenceEqual(WriteKeyParameter))
            {
                Set(root, name.ToString(), parameter.DecodeValue().ToString());
            }
        }

        // Templates write it with quotes around.
        if (root["anonymousId"] is JsonValue anonymous)
        {
            root["anonymousId"] = anonymous.GetValue<string>().Trim('"');
        }

        if (type == "page" && IsEmpty(root["name"]))
        {
            root["name"] = "Unknown Page";
        }

        return type == "track" && root.ContainsKey("event") && IsEmpty(root["event"]) ? null : Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static bool IsEmpty(JsonNode? node) => node is null || (node is JsonValue value && value.GetValue<string>().Length == 0);

    private static void Set(JsonObject root, string path, string value)
    {
        var names = path.Split('.', MaxLevels);
        var level = root;
        foreach (var name in names[..^1])
        {
            if (level[name] is not JsonObject next)
            {
                level[name] = next = [];
            }

            level = next;
        }

        level[names[^1]] = value;
    }
}
