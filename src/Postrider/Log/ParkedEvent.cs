namespace Postrider.Log;

/// <summary>An event that waits in the retry store.</summary>
/// <param name="Lane">The lane it waits in.</param>
/// <param name="After">Its place in the lane: its own position, or for a replayed event the destination's read position at the
/// time of the replay, so that it stands behind all that was read before. Ties stand by position.</param>
/// <param name="Position">Which event.</param>
/// <param name="Attempts">Attempts made so far.</param>
/// <param name="FirstFailure">When its first attempt failed; null: none has.</param>
/// <param name="LastError">Of the last attempt; null: none was made.</param>
internal sealed record ParkedEvent(LaneId Lane, long After, long Position, int Attempts, DateTimeOffset? FirstFailure, AttemptError? LastError)
{
    public ParkedPlace Place => new(After, Position);
}
