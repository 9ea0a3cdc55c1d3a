using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>One step of a replay: events that go back into their lanes together, in one save with the replay's progress.</summary>
/// <param name="Replay">Which replay.</param>
/// <param name="Events">How many events it had replayed before this step.</param>
/// <param name="Items">In the order of their positions.</param>
/// <param name="Next">Where it goes on once all of them are done.</param>
/// <param name="Ends">With the last of them the replay is done.</param>
internal sealed record ReplayStep(string Replay, long Events, IReadOnlyList<ReplayItem> Items, long Next, bool Ends);

/// <summary>An event to be replayed, with what the state store says of it.</summary>
/// <param name="Position">Which event.</param>
/// <param name="Lane">Its lane.</param>
/// <param name="IsLetter">It is a dead letter.</param>
/// <param name="IsParked">It is parked.</param>
/// <param name="BlockedHead">It is the head of a lane that it blocks: that head; null: it blocks none.</param>
internal readonly record struct ReplayItem(long Position, LaneId Lane, bool IsLetter, bool IsParked, ParkedEvent? BlockedHead);

/// <summary>What became of a step.</summary>
/// <param name="Progress">How far the replay has come with it; null: nothing could be done.</param>
/// <param name="Obstacle">For people: what stood in the way; null: nothing did.</param>
/// <param name="Save">The save that holds it.</param>
internal readonly record struct ReplayStepResult(ReplayProgress? Progress, string? Obstacle, long Save);
