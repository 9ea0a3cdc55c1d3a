namespace Postrider.Log;

/// <summary>What is decided of a destination for all processes.</summary>
/// <param name="Control">Paused, disabled or neither; null: nobody has decided, its partitions' state says it.</param>
/// <param name="HoldUntil">Its receiver asked to be left alone until then; null: it has not.</param>
/// <param name="HoldReason">For people: why.</param>
internal sealed record SharedControl(DestinationControl? Control, DateTimeOffset? HoldUntil, string? HoldReason);
