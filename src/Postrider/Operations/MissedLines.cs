namespace Postrider.Operations;

/// <summary>Lines that a tail left out because they came faster than they were read.</summary>
/// <param name="Missed">How many, at most: of what could not even be looked at all counts.</param>
internal sealed record MissedLines(long Missed);
