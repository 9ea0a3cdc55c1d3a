namespace Postrider.Log;

/// <summary>A parked lane and when its head is due; <see cref="Blocked"/>: never, until someone decides.</summary>
internal readonly record struct ParkedLane(LaneId Lane, DateTimeOffset Due)
{
    /// <summary>The due time of a lane whose head was given up or rejected and must not be passed over (<c>onGiveUp: block</c>).</summary>
    public static DateTimeOffset Blocked { get; } = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());
}
