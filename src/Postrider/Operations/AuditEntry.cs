namespace Postrider.Operations;

/// <summary>Someone changed something.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who, as far as the access rules know: a proxy's name for them, <c>token</c>, <c>local</c>.</param>
/// <param name="From">The address they came from; null: unknown.</param>
/// <param name="Action">What: <c>pause</c>, <c>resume</c>, <c>disable</c>, <c>test</c>, <c>skip</c>, <c>replay</c>, <c>cancel-replay</c>, <c>delete-dead-letters</c>, <c>delete-rejected</c>, <c>test-source</c>, <c>reload</c>.</param>
/// <param name="Target">Of which destination, source or replay; null: of none.</param>
/// <param name="Details">For people: filters, how many, the outcome.</param>
public sealed record AuditEntry(DateTimeOffset At, string By, string? From, string Action, string? Target, string Details);
