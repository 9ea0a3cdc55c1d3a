namespace Postrider.Log;

/// <summary>A parked lane and when its head is due.</summary>
internal readonly record struct ParkedLane(LaneId Lane, DateTimeOffset Due);
