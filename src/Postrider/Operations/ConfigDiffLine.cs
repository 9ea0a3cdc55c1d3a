namespace Postrider.Operations;

/// <summary>A line of a difference.</summary>
/// <param name="Change">' ': the same, '+': added, '-': removed, '@': lines between were left out.</param>
/// <param name="Text">The line, secrets masked. A secret that changes shows as both lines masked, marked as changed.</param>
public sealed record ConfigDiffLine(char Change, string Text);
