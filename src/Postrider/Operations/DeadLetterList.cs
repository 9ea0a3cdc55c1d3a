using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>A page of dead letters: the answer of <c>GET /api/dead-letters</c>.</summary>
public sealed record DeadLetterList
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<DeadLetterReport> Items { get; init; }

    /// <summary>The <c>cursor</c> of the next page; null: this is the last.</summary>
    public string? Next { get; init; }

    /// <summary>How many match in all, where that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Total { get; init; }
}
