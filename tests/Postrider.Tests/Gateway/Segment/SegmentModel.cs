using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>What the endpoints should make of a body, worked out the slow way over an object model.</summary>
internal sealed class SegmentModel(DateTimeOffset now)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="body">Not compressed.</param>
    /// <param name="type">The path's; null: a batch.</param>
    /// <returns>The good events; none: 400.</returns>
    public IReadOnlyList<ModelEvent> Read(byte[] body, string? type)
    {
        try
        {
            var text = Strict.GetString(body);
            var options = new JsonDocumentOptions { MaxDepth = type is null ? 66 : 64 };
            using var document = JsonDocument.Parse(text.StartsWith('\uFEFF') ? text[1..] : text, options);
            var root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object ? []
                : type is null ? ReadBatch(root)
                : ReadEvent(root, type, []) is { } one ? [one] : [];
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return [];
        }
    }

    /// <summary>What differs between an event and its stored form; null: nothing.</summary>
    public static string? Difference(ModelEvent expected, ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored);
        var members = Members(document.RootElement);
        var added = members.Take(expected.Stamps.Count).ToList();
        var own = members.Skip(expected.Stamps.Count).ToList();
        var isSame = added.Select(one => one.Name).ToHashSet().SetEquals(expected.Stamps.Keys)
            && added.All(one => Fits(expected.Stamps[one.Name], one.Value.GetRawText()))
            && own.Select(one => one.Name).SequenceEqual(expected.Members.Select(one => one.Name))
            && own.Zip(expected.Members).All(pair => Fits(pair.Second.Json, pair.First.Value.GetRawText()));
        return isSame ? null : $"expected {Show(expected)}, stored {Encoding.UTF8.GetString(stored.Span)}";
    }

    private static string Show(ModelEvent expected) =>
        $"{string.Join(", ", expected.Stamps.Select(one => $"+{one.Key}:{one.Value ?? "uuid"}"))} | {string.Join(", ", expected.Members.Select(one => $"{one.Name}:{one.Json ?? "uuid"}"))}";

    private static bool Fits(string? expected, string actual) => expected is null ? Guid.TryParse(actual.Trim('"'), out _) : expected == actual;

    private List<ModelEvent> ReadBatch(JsonElement root)
    {
        var members = Members(root);
        var batch = Last(members, "batch");
        var elements = batch?.ValueKind switch
        {
            JsonValueKind.Array => batch.Value.EnumerateArray().ToList(),
            JsonValueKind.Object => [batch.Value],
            _ => [],
        };
        return [.. elements.Where(one => one.ValueKind == JsonValueKind.Object).Select(one => ReadEvent(one, null, members)).OfType<ModelEvent>()];
    }

    private ModelEvent? ReadEvent(JsonElement json, string? pathType, List<(string Name, JsonElement Value)> root)
    {
        var members = Members(json);
        List<string?> texts = [TextOf(Last(members, "userId")), TextOf(Last(members, "anonymousId")), TextOf(Last(members, "messageId"))];
        var type = pathType ?? (Last(members, "type") is { ValueKind: JsonValueKind.String } said ? TextOf(said) : "");
        if (texts.Contains(null) || type is null || IsBlank(type) || (IsBlank(texts[0]!) && IsBlank(texts[1]!)))
        {
            return null;
        }

        var stamps = new Dictionary<string, string?>
        {
            ["receivedAt"] = Quote(now),
            ["request_ip"] = "\"127.0.0.1\"",
            ["rudderId"] = RudderId($"{texts[0]}:{texts[1]}"),
        };
        if (IsBlank(texts[2]!))
        {
            stamps["messageId"] = null;
        }

        if (pathType is not null && Last(members, "type")?.GetRawText() != $"\"{pathType}\"")
        {
            stamps["type"] = $"\"{pathType}\"";
        }

        Times(members, root, stamps);
        var merged = new Dictionary<string, string>();
        foreach (var name in (string[])["context", "integrations"])
        {
            Inherit(name, members, root, stamps, merged);
        }

        var names = members.Select(one => one.Name).ToHashSet();
        var lastOf = members.Select((one, index) => (one.Name, index)).GroupBy(one => one.Name).ToDictionary(group => group.Key, group => group.Max(one => one.index));
        var built = new ModelEvent(
            IsBlank(texts[0]!) ? texts[1]! : texts[0]!,
            type,
            stamps.Where(stamp => !names.Contains(stamp.Key)).ToDictionary(),
            [.. members.Select((one, index) => (one.Name,
                stamps.TryGetValue(one.Name, out var stamp) ? stamp
                : merged.TryGetValue(one.Name, out var whole) && lastOf[one.Name] == index ? whole
                : one.Value.GetRawText()))]);
        return IsTooDeep(built) ? null : built;
    }

    private static bool IsTooDeep(ModelEvent built)
    {
        try
        {
            var values = built.Stamps.Values.Concat(built.Members.Select(one => one.Json)).Select(value => value ?? "null");
            using var document = JsonDocument.Parse($"[{string.Join(',', values)}]", new JsonDocumentOptions { MaxDepth = 64 });
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    private static DateTimeOffset? TimeOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time) ? time : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private void Times(List<(string Name, JsonElement Value)> members, List<(string Name, JsonElement Value)> root, Dictionary<string, string?> stamps)
    {
        var rootSent = Last(root, "sentAt") is { } value && IsTime(value) ? value : (JsonElement?)null;
        var (sent, original, time) = (Said(members, "sentAt"), Said(members, "originalTimestamp"), Said(members, "timestamp"));
        var clock = rootSent ?? sent;
        var skew = clock is { } client && TimeOf(client) is { } sentAt ? now - sentAt : TimeSpan.Zero;
        skew = skew.Duration() > TimeSpan.FromMinutes(5) ? skew : TimeSpan.Zero;
        if (sent is null)
        {
            stamps["sentAt"] = rootSent?.GetRawText() ?? Quote(now);
        }

        var said = original ?? time;
        var raw = said is { } one && IsTime(one) ? one.GetRawText() : Quote(now);
        if (original is null)
        {
            stamps["originalTimestamp"] = raw;
        }

        if (original is not null && time is not null)
        {
            return;
        }

        var moved = said is { } claimed && IsTime(claimed) && TimeOf(claimed) is { } at && skew != TimeSpan.Zero ? Move(at, skew) : null;
        if (moved is not null || time is null)
        {
            stamps["timestamp"] = moved ?? raw;
        }
    }

    private static string? Move(DateTimeOffset at, TimeSpan skew)
    {
        try
        {
            return Quote(at + skew);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static void Inherit(
        string name, List<(string Name, JsonElement Value)> members, List<(string Name, JsonElement Value)> root, Dictionary<string, string?> stamps, Dictionary<string, string> merged)
    {
        if (Last(root, name) is not { ValueKind: JsonValueKind.Object } whole || !whole.EnumerateObject().Any())
        {
            return;
        }

        if (Said(members, name) is not { } own)
        {
            stamps[name] = whole.GetRawText();
        }
        else if (own.ValueKind == JsonValueKind.Object)
        {
            var present = Members(own).Select(one => one.Name).ToHashSet();
            var inherited = Raw(whole).GroupBy(one => one.Name).Where(group => !present.Contains(group.Key)).Select(group => group.Last().Text).ToList();
            var rest = own.GetRawText()[1..];
            merged[name] = $"{{{string.Join(',', inherited)}{(inherited.Count > 0 && present.Count > 0 ? "," : "")}{rest}";
        }
    }

    // Each member as it is written.
    private static List<(string Name, string Text)> Raw(JsonElement json) => [.. Members(json).Zip(json.EnumerateObject(), (one, property) => (one.Name, property.ToString()))];

    private static JsonElement? Said(List<(string Name, JsonElement Value)> members, string name) =>
        Last(members, name) is { ValueKind: not JsonValueKind.Null } value ? value : null;

    private static JsonElement? Last(List<(string Name, JsonElement Value)> members, string name)
    {
        var index = members.FindLastIndex(one => one.Name == name);
        return index < 0 ? null : members[index].Value;
    }

    private static List<(string Name, JsonElement Value)> Members(JsonElement json) => [.. json.EnumerateObject().Select(one => (NameOf(one), one.Value))];

    private static bool IsTime(JsonElement value) => value.ValueKind is JsonValueKind.String or JsonValueKind.Number && value.GetRawText().Length is > 2 and <= 64;

    private static bool IsBlank(string text) => text.Trim(' ', '\t', '\r', '\n').Length == 0;

    private static string Quote(DateTimeOffset time) => $"\"{time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture)}Z\"";

    private static string RudderId(string identity)
    {
#pragma warning disable CA5351 // RudderStack's format.
        var hash = MD5.HashData(Encoding.UTF8.GetBytes(identity));
#pragma warning restore CA5351
        var hex = Convert.ToHexStringLower(hash);
        var variant = "89ab"[Convert.ToInt32(hex[16].ToString(), 16) & 3];
        return $"\"{hex[..8]}-{hex[8..12]}-4{hex[13..16]}-{variant}{hex[17..20]}-{hex[20..]}\"";
    }

    // Null: half of a character. Empty: no text at all.
    private static string? TextOf(JsonElement? value)
    {
        try
        {
            return value?.ValueKind switch
            {
                JsonValueKind.String => value.Value.GetString(),
                JsonValueKind.Number => value.Value.GetRawText(),
                _ => "",
            };
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return property.ToString()[..property.ToString().IndexOf(':', StringComparison.Ordinal)];
        }
    }
}
