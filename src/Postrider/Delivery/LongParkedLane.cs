using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>A lane in the retry store, as memory knows it.</summary>
/// <param name="Lane">Which.</param>
/// <param name="Events">How many events it holds.</param>
/// <param name="Since">Since when it has been parked.</param>
/// <param name="Due">When its head is due; null: it is being attempted, or blocked.</param>
/// <param name="Blocked">Its head waits until someone decides over its dead letter.</param>
internal readonly record struct LongParkedLane(LaneId Lane, int Events, DateTimeOffset Since, DateTimeOffset? Due, bool Blocked);
