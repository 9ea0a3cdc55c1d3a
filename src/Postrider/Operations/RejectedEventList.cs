using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>A page of what the gateway could not use: the answer of <c>GET /api/rejected-events</c>.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Next">The <c>cursor</c> of the next page; null: this is the last.</param>
/// <param name="Total">How many there are in all, where that was asked for.</param>
public sealed record RejectedEventList(
    IReadOnlyList<RejectedEventReport> Items, string? Next, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Total = null);
