using Postrider.Journal;
using Postrider.Operations;

namespace Postrider.Tests.Journal;

/// <summary>The history as a list of all samples, at one resolution: slow, and plain to see.</summary>
internal sealed class HistoryModel(int step, int keep)
{
    private readonly List<(long Start, int Order, TimeSpan Elapsed, FigureRow Row)> _samples = [];
    private int _order;

    public void Add(DateTimeOffset now, TimeSpan elapsed, FigureRow row)
    {
        var at = (now - (Min(elapsed, TimeSpan.FromSeconds(5)) / 2)).ToUnixTimeSeconds();
        var start = at - (at % step);
        var newest = _samples.Count > 0 ? _samples.Max(sample => sample.Start) : start;
        if (newest - start > 60)
        {
            _samples.RemoveAll(sample => sample.Start > start);
        }

        _samples.Add((newest - start is > 0 and <= 60 ? newest : start, _order++, elapsed, row));
        _samples.RemoveAll(sample => sample.Start + step <= _samples[^1].Start + step - keep);
    }

    public void Check(HistoryReport report)
    {
        var pointSeconds = (long)report.Step.TotalSeconds;
        for (var i = 0; i < report.Accepted.Count; i++)
        {
            var start = report.From.ToUnixTimeSeconds() + (i * pointSeconds);
            Check(report, i, Within(start, start + pointSeconds));
        }

        var all = Within(report.From.ToUnixTimeSeconds(), report.From.ToUnixTimeSeconds() + (report.Accepted.Count * pointSeconds));
        Assert.Equal(all.SelectMany(row => row.Destinations.Keys).Distinct().Order(StringComparer.Ordinal), report.Destinations.Select(destination => destination.Name));
        foreach (var destination in report.Destinations)
        {
            var figures = all.Select(row => row.Destinations.GetValueOrDefault(destination.Name)).OfType<DestinationFigures>().ToList();
            Assert.Equal(figures.Sum(one => one.Delivered), destination.Outcomes["delivered"]);
            Assert.Equal(figures.Sum(one => one.Retried), destination.Outcomes["retry"]);
            Assert.Equal(figures.Sum(one => one.Errors?.GetValueOrDefault("timeout") ?? 0), destination.Outcomes.GetValueOrDefault("timeout"));
        }
    }

    private static void Check(HistoryReport report, int point, List<FigureRow> rows)
    {
        var seconds = rows.Sum(row => row.CoveredMilliseconds) / 1000.0;
        if (seconds == 0)
        {
            Assert.Null(report.Accepted[point]);
            Assert.All(report.Destinations, destination => Assert.Null(destination.Delivered[point] ?? destination.Lag[point] ?? destination.P50Seconds[point]));
            return;
        }

        Assert.Equal(rows.Sum(row => row.Accepted) / seconds, report.Accepted[point]!.Value, 0.001);
        Assert.Equal(rows[^1].LogBytes, report.LogBytes[point]);
        foreach (var destination in report.Destinations)
        {
            var figures = rows.Select(row => row.Destinations.GetValueOrDefault(destination.Name)).ToList();
            Assert.Equal(figures.Sum(one => one?.Delivered ?? 0) / seconds, destination.Delivered[point]!.Value, 0.001);
            Assert.Equal(figures.Sum(one => one is null ? 0 : one.Retried + one.Rejected) / seconds, destination.Failed[point]!.Value, 0.001);
            Assert.Equal(figures[^1]?.Lag ?? 0, destination.Lag[point]);
            var durations = new long[LatencyBuckets.Count];
            foreach (var one in figures)
            {
                for (var i = 0; i < one?.Durations?.Length; i++)
                {
                    durations[i] += one.Durations[i];
                }
            }

            Assert.Equal(LatencyBuckets.Percentile(durations, 0.99), destination.P99Seconds[point]);
        }
    }

    private List<FigureRow> Within(long start, long end) =>
        [.. _samples.Where(sample => sample.Start >= start && sample.Start < end).OrderBy(sample => sample.Start).ThenBy(sample => sample.Order).Select(sample => sample.Row)];

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
