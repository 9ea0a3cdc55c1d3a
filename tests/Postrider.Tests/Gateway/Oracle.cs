using System.Text;
using System.Text.Json;

namespace Postrider.Tests.Gateway;

/// <summary>What <c>/publish</c> should say to a body, worked out the slow way over an object model.</summary>
internal static class Oracle
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The key of an acceptable body, or null. The only destination is <c>crm</c>.</summary>
    public static string? KeyOf(byte[] body)
    {
        try
        {
            var text = Strict.GetString(body);
            using var document = JsonDocument.Parse(text.StartsWith('\uFEFF') ? text[1..] : text, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? KeyOf(document.RootElement) : null;
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static string? KeyOf(JsonElement root)
    {
        var members = new Dictionary<string, JsonElement>();
        foreach (var member in root.EnumerateObject())
        {
            if (TryGetText(() => member.Name) is { } name)
            {
                members[name] = member.Value;
            }
        }

        var isGood = members.ContainsKey("payload") && (!members.TryGetValue("destinations", out var wanted) || IsGoodList(wanted));
        return isGood && members.TryGetValue("userId", out var userId) ? TextOf(userId) : null;
    }

    private static string? TextOf(JsonElement userId)
    {
        var key = userId.ValueKind switch
        {
            JsonValueKind.Number => userId.GetRawText(),
            JsonValueKind.String => TryGetText(() => userId.GetString()!),
            _ => null,
        };
        return string.IsNullOrEmpty(key) ? null : key;
    }

    private static bool IsGoodList(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String && TryGetText(() => name.GetString()!) == "crm");

    // A lone surrogate is no text.
    private static string? TryGetText(Func<string> get)
    {
        try
        {
            return get();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
