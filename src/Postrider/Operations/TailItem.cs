using System.Text.Json.Serialization;

namespace Postrider.Operations;

/// <summary>A line of a live tail: exactly one of the three is there.</summary>
/// <param name="Event">An event was stored.</param>
/// <param name="Attempt">An attempt ended.</param>
/// <param name="Missed">So many lines were left out, because they came faster than they were read.</param>
public sealed record TailItem(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EventSummary? Event = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttemptReport? Attempt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Missed = 0);
