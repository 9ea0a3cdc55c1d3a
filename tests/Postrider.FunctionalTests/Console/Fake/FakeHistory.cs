using Postrider.Operations;

namespace Postrider.FunctionalTests.WebConsole.Fake;

/// <summary>Figures over time that look like a day of a shop, made from nothing but the clock.</summary>
internal static class FakeHistory
{
    public static HistoryReport Make(FakeWorld world, HistoryQuery query, DateTimeOffset now)
    {
        var step = TimeSpan.FromSeconds(Math.Max(2, Math.Ceiling(query.Span.TotalSeconds / query.MaxPoints)));
        var points = (int)(query.Span / step);
        var from = DateTimeOffset.FromUnixTimeMilliseconds((now.ToUnixTimeMilliseconds() / (long)step.TotalMilliseconds * (long)step.TotalMilliseconds) - (long)(step.TotalMilliseconds * (points - 1)));
        double?[] Series(Func<DateTimeOffset, double?> at) => [.. Enumerable.Range(0, points).Select(i => at(from + (step * i)))];
        return new HistoryReport
        {
            From = from,
            Step = step,
            Accepted = Series(at => 61 + Wave(at, 17)),
            Refused = Series(_ => 0),
            LogBytes = Series(at => 1.1e9 + (2e5 * (at - now).TotalSeconds / 10)),
            Destinations = [.. world.Destinations.Where(destination => query.Destination is null || destination.Name == query.Destination).Select(Of)],
        };

        DestinationHistory Of(FakeDestination destination) => new()
        {
            Name = destination.Name,
            Delivered = Series(at => Before(destination, at) ? 61 + Wave(at, 11) : destination.Delivered > 0 ? destination.Delivered + Wave(at, destination.Name.Length) : 0),
            Failed = Series(at => destination.Failed > 0 && !Before(destination, at) ? destination.Failed * (2 + Math.Sin(at.ToUnixTimeSeconds() / 19.0)) : 0),
            Lag = Series(at => destination.Behind is { } behind ? Math.Max(0, destination.Lag * (at - behind) / (now - behind)) : Math.Abs(Wave(at, destination.Name.Length)) / 4),
            OldestPendingSeconds = Series(at => destination.Behind is { } behind ? Math.Max(0, (at - behind).TotalSeconds) : 0),
            P50Seconds = Series(at => Before(destination, at) || destination.Delivered > 0 ? 0.028 + (Math.Abs(Wave(at, 3)) / 900) : null),
            P99Seconds = Series(at => Before(destination, at) || destination.Delivered > 0 ? 0.19 + (Math.Abs(Wave(at, 5)) / 60) : null),
            Outcomes = new Dictionary<string, long>
            {
                ["delivered"] = 98_204, ["retry"] = 412, ["rejected"] = destination.State == "rejecting" ? 1_290 : 31, ["timeout"] = 120, ["status"] = 290, ["connect"] = 33,
            },
        };
    }

    private static bool Before(FakeDestination destination, DateTimeOffset at) => destination.Behind is { } behind && at < behind;

    private static double Wave(DateTimeOffset at, int seed)
    {
        var seconds = at.ToUnixTimeSeconds();
        return (9 * Math.Sin((seconds + (seed * 37)) / 131.0)) + (5 * Math.Sin((seconds + seed) / 23.0)) + (3 * Math.Sin(seconds * seed / 7.0));
    }
}
