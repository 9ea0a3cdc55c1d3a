using System.Buffers;
using System.Globalization;

namespace Postrider.Events;

/// <summary>
/// The text form of an event's place, which is its id: <c>evt_{log}-{partition}-{generation}-{position}</c>.
/// It holds no dot, because Standard Webhooks signs <c>{id}.{timestamp}.{body}</c>.
/// </summary>
internal static class EventIdFormat
{
    private const string Prefix = "evt_";

    private static readonly SearchValues<char> LogIdCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz");

    public static string Format(string logId, LogPosition place) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{logId}-{place.Partition}-{place.Generation}-{place.Position}");

    public static bool TryParse(ReadOnlySpan<char> id, out string logId, out LogPosition place)
    {
        logId = "";
        place = default;
        if (!id.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        Span<Range> parts = stackalloc Range[5];
        var rest = id[Prefix.Length..];
        if (rest.Split(parts, '-') != 4
            || rest[parts[0]].ContainsAnyExcept(LogIdCharacters)
            || !TryParseNumber(rest[parts[1]], int.MaxValue, out var partition)
            || !TryParseNumber(rest[parts[2]], long.MaxValue, out var generation)
            || !TryParseNumber(rest[parts[3]], long.MaxValue, out var position))
        {
            return false;
        }

        logId = rest[parts[0]].ToString();
        place = new LogPosition((int)partition, generation, position);
        return logId.Length > 0;
    }

    // An event has one id: what Format would not write is none.
    private static bool TryParseNumber(ReadOnlySpan<char> text, long max, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number <= max
        && (text[0] != '0' || text.Length == 1);
}
