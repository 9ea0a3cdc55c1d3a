using System.Text.Json;
using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>The answer of <c>GET /api/events/{id}</c>.</summary>
public sealed record EventAnswer
{
    /// <summary>The event's id.</summary>
    public required string Id { get; init; }

    /// <summary>The log's partition that holds it.</summary>
    public required int Partition { get; init; }

    /// <summary>The partition's generation.</summary>
    public required long Generation { get; init; }

    /// <summary>Its place in the partition.</summary>
    public required long Position { get; init; }

    /// <summary>False: the log no longer holds the event, so what it said is gone; what became of it is not.</summary>
    public required bool Held { get; init; }

    /// <summary>The source that sent it.</summary>
    public string? Source { get; init; }

    /// <summary>Its ordering key; null without one.</summary>
    public string? Key { get; init; }

    /// <summary>Its type; null without one.</summary>
    public string? Type { get; init; }

    /// <summary>When the gateway took it.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }

    /// <summary>The destinations that the request named; null: it named none, and all are meant.</summary>
    public IReadOnlyList<string>? RequestedDestinations { get; init; }

    /// <summary>The names that the request left out; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ExcludedDestinations { get; init; }

    /// <summary>True: no destination was to get it. Each says why. Left out where false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unrouted { get; init; }

    /// <summary>The request's headers that its source keeps with the event.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The body's length.</summary>
    public int? BodyBytes { get; init; }

    /// <summary>The whole body, where it was asked for, is short enough and is JSON.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Body { get; init; }

    /// <summary>Otherwise its beginning as text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BodyText { get; init; }

    /// <summary>Where it stands, destination by destination.</summary>
    public required IReadOnlyList<EventDestinationAnswer> Destinations { get; init; }
}
