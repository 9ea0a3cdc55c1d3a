using System.Globalization;

namespace Postrider.WebConsole.Parts;

/// <summary>Figures as people read them.</summary>
internal static class Words
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>With separators of thousands.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count and its noun: <c>1 event</c>, <c>2,000 events</c>.</summary>
    public static string Count(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>Where there is little room: <c>12.3k</c>.</summary>
    public static string Short(long number) => number switch
    {
        < 10_000 => Count(number),
        < 1_000_000 => (number / 1000.0).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => (number / 1_000_000.0).ToString("0.#", CultureInfo.InvariantCulture) + "M",
    };

    /// <summary>Something a second; fine where it is little.</summary>
    public static string Rate(double? perSecond) => perSecond switch
    {
        null => "–",
        0 => "0",
        < 0.1 => "< 0.1",
        < 10 => perSecond.Value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => perSecond.Value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>A size.</summary>
    public static string Bytes(long bytes)
    {
        double size = bytes;
        var unit = 0;
        while (size >= 1024 && unit < Units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return $"{size.ToString(unit == 0 || size >= 100 ? "N0" : "0.#", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>A length of time, to two places: <c>340 ms</c>, <c>4.2 s</c>, <c>14 min</c>, <c>3 h 10 min</c>.</summary>
    public static string Duration(double? seconds) => seconds switch
    {
        null => "–",
        < 0.001 => "< 1 ms",
        < 1 => $"{(seconds.Value * 1000).ToString("N0", CultureInfo.InvariantCulture)} ms",
        < 10 => $"{seconds.Value.ToString("0.#", CultureInfo.InvariantCulture)} s",
        < 120 => $"{seconds.Value.ToString("N0", CultureInfo.InvariantCulture)} s",
        < 7200 => $"{Count((long)(seconds.Value / 60))} min",
        < 172800 => $"{Count((long)(seconds.Value / 3600))} h{Rest((long)(seconds.Value / 60 % 60), "min")}",
        _ => $"{Count((long)(seconds.Value / 86400))} d{Rest((long)(seconds.Value / 3600 % 24), "h")}",
    };

    /// <summary>How long ago, or how soon: <c>3 min ago</c>, <c>in 20 s</c>.</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var seconds = Math.Round((now - at).TotalSeconds);
        return seconds switch
        {
            < -1 => $"in {Duration(-seconds)}",
            < 2 => "now",
            _ => $"{Duration(seconds)} ago",
        };
    }

    /// <summary>A time of the world's clock, to the second.</summary>
    public static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>A reason as a sentence: it begins large and ends with a full stop.</summary>
    public static string Sentence(string reason)
    {
        var text = reason.Trim();
        return text.Length == 0 ? text : $"{char.ToUpperInvariant(text[0])}{text[1..]}{(text[^1] is '.' or '!' or '?' ? "" : ".")}";
    }

    private static string Rest(long number, string unit) => number == 0 ? "" : $" {number} {unit}";
}
