namespace Postrider.Tests.Log.Redis.Sharing;

/// <summary>The clock of a machine that nobody set right: timers run as they should, the time of day is another.</summary>
internal sealed class SkewedClock(TimeSpan skew) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;
}
