using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>The answer of <c>GET /api/events/{id}</c>.</summary>
internal sealed record EventAnswer
{
    public required string Id { get; init; }

    public required int Partition { get; init; }

    public required long Generation { get; init; }

    public required long Position { get; init; }

    /// <summary>False: the log no longer holds the event, so what it said is gone; what became of it is not.</summary>
    public required bool Held { get; init; }

    public string? Source { get; init; }

    public string? Key { get; init; }

    public string? Type { get; init; }

    public DateTimeOffset? ReceivedAt { get; init; }

    public IReadOnlyList<string>? RequestedDestinations { get; init; }

    public int? BodyBytes { get; init; }

    /// <summary>The whole body, where it was asked for, is short enough and is JSON.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Body { get; init; }

    /// <summary>Otherwise its beginning as text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BodyText { get; init; }

    public required IReadOnlyList<EventDestinationAnswer> Destinations { get; init; }
}
