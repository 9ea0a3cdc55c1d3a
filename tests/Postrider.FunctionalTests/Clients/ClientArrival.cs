using System.Text.Json;

namespace Postrider.FunctionalTests.Clients;

/// <summary>One delivery of an SDK's event.</summary>
/// <param name="Id">Its <c>webhook-id</c>.</param>
/// <param name="Sequence">Its <c>postrider-sequence</c>.</param>
/// <param name="Event">The event.</param>
internal sealed record ClientArrival(string Id, long Sequence, JsonElement Event)
{
    public string MessageId => Event.GetProperty("messageId").GetString()!;

    public string Type => Event.GetProperty("type").GetString()!;

    /// <summary>The key by which events are ordered.</summary>
    public string Key => Text("userId") is { Length: > 0 } user ? user : Text("anonymousId")!;

    public string? Text(string name) =>
        Event.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
