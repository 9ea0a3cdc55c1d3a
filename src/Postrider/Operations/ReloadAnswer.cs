namespace Postrider.Operations;

/// <summary>The answer to a reload that took effect.</summary>
internal sealed record ReloadAnswer(bool Reloaded);
