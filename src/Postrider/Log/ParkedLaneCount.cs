namespace Postrider.Log;

/// <summary>What a parked lane holds.</summary>
/// <param name="Lane">Which.</param>
/// <param name="Events">How many events.</param>
/// <param name="Since">Since when the first of them waits.</param>
/// <param name="LastTurn">The highest turn among them.</param>
internal readonly record struct ParkedLaneCount(LaneId Lane, int Events, DateTimeOffset Since, long LastTurn);
