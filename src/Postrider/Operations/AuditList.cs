namespace Postrider.Operations;

/// <summary>Who changed what: the answer of <c>GET /api/audit</c>.</summary>
/// <param name="Items">Newest first.</param>
public sealed record AuditList(IReadOnlyList<AuditEntry> Items);
