namespace Postrider.Configuration;

/// <summary>A line of a configuration as it is shown.</summary>
/// <param name="Path">The member's path.</param>
/// <param name="Text">The line, secrets masked.</param>
/// <param name="Secret">What is masked in it, for telling whether it changed; null: nothing is.</param>
internal sealed record ConfigLine(string Path, string Text, string? Secret)
{
    // Not for logs.
    public override string ToString() => Text;
}
