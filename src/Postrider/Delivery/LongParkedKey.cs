using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>A key whose events have waited long in the retry store, as operators see it.</summary>
/// <param name="Key">The key; null: its event has none, or the log lost it.</param>
/// <param name="EventId">Its first event.</param>
/// <param name="Events">How many events wait.</param>
/// <param name="Since">Since when.</param>
/// <param name="Due">When the first is tried next; null: it is under way, or waits for an operator.</param>
/// <param name="Blocked">It waits until someone decides over its dead letter.</param>
/// <param name="Attempts">Attempts of the first so far.</param>
/// <param name="LastError">How the last of them failed; null: none was made.</param>
internal sealed record LongParkedKey(
    string? Key, string? EventId, int Events, DateTimeOffset Since, DateTimeOffset? Due, bool Blocked, int Attempts, AttemptError? LastError);
