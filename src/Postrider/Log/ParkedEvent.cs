namespace Postrider.Log;

/// <summary>An event that waits in the retry store.</summary>
/// <param name="Lane">The lane it waits in.</param>
/// <param name="After">Its place in the lane: its own position, or for a replayed event the last position that the destination had read at
/// the time of the replay, so that it stands behind all that was read before. Ties stand by <paramref name="Turn"/>, then by position.</param>
/// <param name="Position">Which event.</param>
/// <param name="Attempts">Attempts made so far.</param>
/// <param name="ParkedAt">Since when it waits; giving up counts from here.</param>
/// <param name="FirstAttempt">When it was first attempted; null: never.</param>
/// <param name="LastError">Of the last attempt; null: none was made.</param>
/// <param name="Turn">0; for a replayed event a number that grows with every step of every replay of this destination, so that it stands
/// behind those replayed before.</param>
internal sealed record ParkedEvent(
    LaneId Lane,
    long After,
    long Position,
    int Attempts,
    DateTimeOffset ParkedAt,
    DateTimeOffset? FirstAttempt,
    AttemptError? LastError,
    long Turn = 0)
{
    public ParkedPlace Place => new(After, Position, Turn);
}
