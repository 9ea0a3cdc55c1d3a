using System.Globalization;

namespace Postrider.Events;

/// <summary>
/// The text form of an event's place, which is its id: <c>evt_{log}-{partition}-{generation}-{position}</c>.
/// It holds no dot, because Standard Webhooks signs <c>{id}.{timestamp}.{body}</c>.
/// </summary>
internal static class EventIdFormat
{
    private const string Prefix = "evt_";

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
            || !int.TryParse(rest[parts[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            || !long.TryParse(rest[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            || !long.TryParse(rest[parts[3]], NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            return false;
        }

        logId = rest[parts[0]].ToString();
        place = new LogPosition(partition, generation, position);
        return logId.Length > 0;
    }
}
