namespace Postrider.Operations;

/// <summary>Ranges that were given up: the answer of <c>GET /api/skipped</c>.</summary>
/// <param name="Items">Newest first.</param>
public sealed record SkippedRangeList(IReadOnlyList<SkippedRangeReport> Items);
