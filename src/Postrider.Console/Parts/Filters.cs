namespace Postrider.WebConsole.Parts;

/// <summary>Reads what was typed into a filter; nothing typed does not narrow.</summary>
internal static class Filters
{
    public static string? Text(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Trim();

    /// <summary>A time that was typed, which is meant as UTC.</summary>
    public static DateTimeOffset? Time(DateTime? typed) => typed is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Unspecified), TimeSpan.Zero) : null;
}
