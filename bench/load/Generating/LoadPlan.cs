namespace Postrider.Load.Generating;

/// <summary>What to send. Closed loop: every connection sends as soon as it is answered. Open loop: at fixed moments, whatever the answers do.</summary>
/// <param name="Rate">Requests per second of an open loop; 0 is a closed loop.</param>
/// <param name="Count">Ends after so many requests; 0: the duration ends it.</param>
/// <param name="Duration">Ends after so long.</param>
internal sealed record LoadPlan(double Rate, long Count, TimeSpan Duration)
{
    public static LoadPlan FlatOut(TimeSpan duration) => new(0, 0, duration);

    public static LoadPlan FlatOut(long count, TimeSpan atMost) => new(0, count, atMost);

    public static LoadPlan Paced(double rate, TimeSpan duration) => new(rate, (long)(rate * duration.TotalSeconds), duration + TimeSpan.FromSeconds(30));
}
