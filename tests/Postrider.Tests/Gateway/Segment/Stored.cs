using System.Text.Json;
using Postrider.Events;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Reads what the gateway has stored.</summary>
internal static class Stored
{
    public static JsonElement Json(this Event stored)
    {
        using var document = JsonDocument.Parse(stored.Body);
        return document.RootElement.Clone();
    }

    public static string? Text(this JsonElement json, string name) => json.GetProperty(name).GetString();
}
