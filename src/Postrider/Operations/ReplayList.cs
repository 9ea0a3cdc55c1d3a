using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>Replays: the answer of <c>GET /api/replays</c> and of <c>POST /api/dead-letters/replay</c>.</summary>
public sealed record ReplayList
{
    /// <summary>Newest first; those just begun: by destination.</summary>
    public required IReadOnlyList<ReplayAnswer> Replays { get; init; }

    /// <summary>Why the dead letters of further destinations cannot be replayed now, one sentence each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Refused { get; init; }
}
