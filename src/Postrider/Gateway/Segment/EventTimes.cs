using System.Text.Json;

namespace Postrider.Gateway.Segment;

/// <summary>The times of an event: what its client said, and when that was by the server's clock.</summary>
/// <remarks>
/// <c>sentAt</c> is the client's clock when the request left, <c>receivedAt</c> ours when it came. Where they differ by more than the
/// tolerance the client's clock is off, and <c>timestamp</c> is the client's time moved by the difference; <c>originalTimestamp</c> keeps it as it
/// was said. A client that says both times means what it says.
/// </remarks>
internal static class EventTimes
{
    // What is longer is no time, and would be copied.
    private const int MaxTimeLength = 64;

    /// <summary>How far the client's clock is behind ours; zero where it is near enough or unknown.</summary>
    public static TimeSpan SkewOf(ReadOnlySpan<byte> sentAt, DateTimeOffset receivedAt, TimeSpan tolerance)
    {
        if (JsonText.ReadTime(sentAt) is not { } sent)
        {
            return TimeSpan.Zero;
        }

        var skew = receivedAt - sent;
        return skew.Duration() > tolerance ? skew : TimeSpan.Zero;
    }

    public static bool IsTime(in MemberPlace place) =>
        place.Kind is JsonTokenType.String or JsonTokenType.Number && place.Length is > 2 and <= MaxTimeLength;

    /// <summary>A client's time by our clock, in quotes; null: it stays as it was said.</summary>
    public static byte[]? Correct(ReadOnlySpan<byte> said, TimeSpan skew)
    {
        if (skew == TimeSpan.Zero || JsonText.ReadTime(said) is not { } time)
        {
            return null;
        }

        var ticks = time.UtcTicks + (Int128)skew.Ticks;
        return ticks < DateTimeOffset.MinValue.UtcTicks || ticks > DateTimeOffset.MaxValue.UtcTicks
            ? null
            : Iso8601.Quote(new DateTimeOffset((long)ticks, TimeSpan.Zero));
    }
}
