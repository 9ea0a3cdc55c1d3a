using System.Globalization;

namespace Postrider.Configuration;

/// <summary>Durations as the configuration file writes them: <c>100ms 2s 5m 24h 7d</c>.</summary>
internal static class Duration
{
    // A hundred years: added to any date that a clock shows, it is still a date.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)), ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var length = Units.FirstOrDefault(u => u.Unit == text[digits..]).Length;
        duration = default;
        if (length == default || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > Longest / length)
        {
            return false;
        }

        duration = length * count;
        return true;
    }

    /// <summary>The shortest form that reads back as the same whole milliseconds.</summary>
    public static string Format(TimeSpan duration)
    {
        var (unit, length) = duration == default ? ("s", TimeSpan.FromSeconds(1)) : Units.FirstOrDefault(u => duration.Ticks % u.Length.Ticks == 0, Units[^1]);
        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
    }
}
