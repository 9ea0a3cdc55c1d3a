namespace Postrider.Log.Redis;

/// <summary>Times as the state keeps them: milliseconds since the year 1, never negative, and exact as a script's numbers.</summary>
internal static class StateTime
{
    private static readonly long UnixEpoch = -DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    public static long Of(DateTimeOffset time) => time.ToUnixTimeMilliseconds() + UnixEpoch;

    public static DateTimeOffset From(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds - UnixEpoch);

    /// <summary>A bound of a time as it is compared with kept ones: the next whole millisecond.</summary>
    public static long Bound(DateTimeOffset time) => Of(time) + (time.Ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
}
