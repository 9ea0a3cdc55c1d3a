namespace Postrider.Operations;

/// <summary>The answer to a deletion.</summary>
/// <param name="Deleted">How many were deleted.</param>
public sealed record DeletedReport(long Deleted);
