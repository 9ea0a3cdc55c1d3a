using System.Globalization;

namespace Postrider.Server.Cli;

/// <summary>Durations on the command line, written as in the configuration: <c>200ms</c>, <c>2s</c>, <c>5m</c>.</summary>
internal static class Durations
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        foreach (var (unit, milliseconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count * milliseconds <= TimeSpan.FromDays(1).TotalMilliseconds)
            {
                duration = TimeSpan.FromMilliseconds(count * milliseconds);
                return true;
            }
        }

        duration = default;
        return false;
    }

    /// <summary>The two largest units, as <c>3 h 5 min</c>.</summary>
    public static string Spell(TimeSpan duration) => duration switch
    {
        { TotalDays: >= 1 } => Join(duration.Days, "d", duration.Hours, "h"),
        { TotalHours: >= 1 } => Join(duration.Hours, "h", duration.Minutes, "min"),
        { TotalMinutes: >= 1 } => Join(duration.Minutes, "min", duration.Seconds, "s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#} s"),
    };

    private static string Join(int large, string largeUnit, int small, string smallUnit) =>
        small == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit}")
            : string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit} {small} {smallUnit}");
}
