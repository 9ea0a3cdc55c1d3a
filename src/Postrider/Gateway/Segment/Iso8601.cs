using System.Globalization;
using System.Text;

namespace Postrider.Gateway.Segment;

/// <summary>Writes times as the SDKs do: UTC, to the millisecond, as a JSON string.</summary>
internal static class Iso8601
{
    /// <summary>Of <c>"2026-01-31T08:00:00.000Z"</c>, quotes included.</summary>
    public const int QuotedLength = 26;

    public static byte[] Quote(DateTimeOffset time) =>
        Encoding.ASCII.GetBytes(time.UtcDateTime.ToString("'\"'yyyy-MM-dd'T'HH:mm:ss.fff'Z\"'", CultureInfo.InvariantCulture));
}
