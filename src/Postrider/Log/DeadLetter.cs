namespace Postrider.Log;

/// <summary>An event that one destination gave up on.</summary>
/// <param name="Position">Which event.</param>
/// <param name="Lane">The lane it stood in.</param>
/// <param name="Key">Its key, for search; null without one.</param>
/// <param name="Type">Its type, for search.</param>
/// <param name="Class">Why: <c>rejected</c>, <c>gave-up</c>, <c>corrupt</c>, <c>forgotten</c>.</param>
/// <param name="Error">The last attempt's failure.</param>
/// <param name="Answer">The first KiB of the receiver's last answer.</param>
/// <param name="FirstAttempt">When it was first attempted; null: never.</param>
/// <param name="LastAttempt">When it was last attempted; null: never.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="At">When it became a dead letter.</param>
/// <param name="Blocking">It is still the head of its parked lane, which waits until someone retries or deletes it (<c>onGiveUp: block</c>).</param>
internal sealed record DeadLetter(
    long Position,
    LaneId Lane,
    string? Key,
    string? Type,
    string Class,
    AttemptError Error,
    ReadOnlyMemory<byte> Answer,
    DateTimeOffset? FirstAttempt,
    DateTimeOffset? LastAttempt,
    int Attempts,
    DateTimeOffset At,
    bool Blocking = false);
