namespace Postrider.Diagnostics;

/// <summary>Something that an examination looked at.</summary>
/// <param name="Area">What kind of thing: <c>configuration</c>, <c>disk</c>, <c>destination</c>, …</param>
/// <param name="Subject">Which: a path, a name, an address.</param>
/// <param name="Level">How serious it is.</param>
/// <param name="Text">What was found, one line; never a secret.</param>
/// <param name="Cure">What to do about it; null: nothing.</param>
public sealed record Finding(string Area, string Subject, FindingLevel Level, string Text, string? Cure = null)
{
    /// <summary>As it should be.</summary>
    public static Finding Ok(string area, string subject, string text) => new(area, subject, FindingLevel.Ok, text);

    /// <summary>Works, but.</summary>
    public static Finding Warning(string area, string subject, string text, string cure) => new(area, subject, FindingLevel.Warning, text, cure);

    /// <summary>Does not work.</summary>
    public static Finding Error(string area, string subject, string text, string cure) => new(area, subject, FindingLevel.Error, text, cure);
}
