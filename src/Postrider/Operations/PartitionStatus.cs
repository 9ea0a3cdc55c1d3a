namespace Postrider.Operations;

/// <summary>What one partition of the log holds.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="FirstPosition">The first position that it still holds.</param>
/// <param name="EndPosition">The position that its next event gets; positions begin with 1.</param>
public sealed record PartitionStatus(int Number, long Generation, long FirstPosition, long EndPosition);
