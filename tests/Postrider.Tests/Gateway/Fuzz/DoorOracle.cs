using System.Net;
using System.Text;
using System.Text.Json;

namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>Whether what is stored is what was sent, worked out the slow way.</summary>
internal static class DoorOracle
{
    /// <summary>What differs; null: nothing.</summary>
    public static string? Difference(DoorRequest request, IReadOnlyList<ReadOnlyMemory<byte>> stored)
    {
        var path = request.Path.Split('?')[0];
        var type = request.Header("Content-Type")?.Split(';')[0];
        var isSame = path switch
        {
            "/publish" => IsOne(stored, request.Body),
            "/events" => type switch
            {
                "application/cloudevents+json" => IsOne(stored, request.Body),
                "application/cloudevents-batch+json" => ArePartsOf(stored, request.Body),
                _ => stored.Count == 1 && IsBinary(request, stored[0]),
            },
            "/webhook/open" or "/webhook/signed" => type == "application/x-www-form-urlencoded" ? stored.Count == 1 && IsForm(request.Body, stored[0]) : IsOne(stored, request.Body),

            // The model of the Segment endpoints has a test of its own.
            _ => stored.All(one => JsonDocument.Parse(one).RootElement.ValueKind == JsonValueKind.Object),
        };
        return isSame ? null : $"{request} is stored as {string.Join(" and ", stored.Select(one => Encoding.UTF8.GetString(one.Span)))}";
    }

    private static bool IsOne(IReadOnlyList<ReadOnlyMemory<byte>> stored, byte[] body) => stored.Count == 1 && stored[0].Span.SequenceEqual(body);

    // In their order, each as it was written.
    private static bool ArePartsOf(IReadOnlyList<ReadOnlyMemory<byte>> stored, byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var parts = document.RootElement.EnumerateArray().Select(part => part.GetRawText()).ToList();
        var from = 0;
        foreach (var one in stored)
        {
            from = parts.IndexOf(Encoding.UTF8.GetString(one.Span), from) + 1;
            if (from == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsBinary(DoorRequest request, ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored);
        var root = document.RootElement;
        var attributes = root.EnumerateObject().Where(member => member.Name is not ("data" or "data_base64" or "datacontenttype")).ToDictionary(member => member.Name, member => member.Value.GetString());
        var sent = request.Sent.Where(header => header.Name.StartsWith("ce-", StringComparison.OrdinalIgnoreCase)).ToDictionary(header => header.Name[3..], header => Attribute(header.Value));
        var data = root.TryGetProperty("data", out var json) ? Encoding.UTF8.GetBytes(json.GetRawText())
            : root.TryGetProperty("data_base64", out var bytes) ? bytes.GetBytesFromBase64()
            : [];
        return attributes.Count == sent.Count && sent.All(one => attributes[one.Key] == one.Value)
            && (data.AsSpan().SequenceEqual(request.Body) || Encoding.UTF8.GetString(request.Body).Trim('\uFEFF', ' ', '\r', '\n', '\t') == Encoding.UTF8.GetString(data));
    }

    private static string Attribute(string value)
    {
        value = value.Trim(' ', '\t');
        value = value.Length > 1 && value[0] == '"' && value[^1] == '"' ? value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal) : value;
        return Uri.UnescapeDataString(value);
    }

    private static bool IsForm(byte[] form, ReadOnlyMemory<byte> stored)
    {
        var expected = Encoding.Latin1.GetString(form).Split('&').Where(field => field.Length > 0)
            .Select(field => field.Split('=', 2))
            .Select(field => (Name: Decode(field[0]), Value: Decode(field.Length > 1 ? field[1] : "")))
            .GroupBy(field => field.Name)
            .Select(group => (group.Key, Values: string.Join('\uFFFF', group.Select(field => field.Value))));
        using var document = JsonDocument.Parse(stored);
        var actual = document.RootElement.EnumerateObject()
            .Select(member => (member.Name, string.Join('\uFFFF', member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray().Select(value => value.GetString()) : [member.Value.GetString()])));
        return expected.SequenceEqual(actual);
    }

    private static string Decode(string field)
    {
        var bytes = Encoding.Latin1.GetBytes(field);
        return Encoding.UTF8.GetString(WebUtility.UrlDecodeToBytes(bytes, 0, bytes.Length)!);
    }
}
