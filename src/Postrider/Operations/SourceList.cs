namespace Postrider.Operations;

/// <summary>The sources: the answer of <c>GET /api/sources</c>.</summary>
/// <param name="Items">By name.</param>
public sealed record SourceList(IReadOnlyList<SourceReport> Items);
