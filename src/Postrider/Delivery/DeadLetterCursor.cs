using System.Globalization;

namespace Postrider.Delivery;

/// <summary>Where a page over all partitions ended: for each partition the number that the next page goes on below, or that it has not begun.</summary>
internal static class DeadLetterCursor
{
    private const string NotBegun = "x";

    public static string Format(IReadOnlyList<long?> before) =>
        string.Join('-', before.Select(number => number?.ToString(CultureInfo.InvariantCulture) ?? NotBegun));

    /// <exception cref="FormatException">It is none, or one of another log.</exception>
    public static long?[] Parse(string? cursor, int partitions)
    {
        if (cursor is null)
        {
            return new long?[partitions];
        }

        var parts = cursor.Split('-');
        return parts.Length == partitions
            ? Array.ConvertAll(parts, part => part == NotBegun ? (long?)null
                : long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw new FormatException($"'{cursor}' is no cursor."))
            : throw new FormatException($"'{cursor}' is no cursor.");
    }
}
