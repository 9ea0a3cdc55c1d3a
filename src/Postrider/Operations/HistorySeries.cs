using Postrider.Journal;

namespace Postrider.Operations;

/// <summary>
/// Joins the rows of the history to points of one length. A row longer than a point, as old rows are where there are many destinations, is
/// spread over the points it covers.
/// </summary>
internal sealed class HistorySeries(FigureView view, long from, int step, int count, string? destination)
{
    private readonly double?[] _accepted = new double?[count];
    private readonly double?[] _refused = new double?[count];
    private readonly double?[] _logBytes = new double?[count];
    private readonly Dictionary<int, DestinationSeries> _destinations = [];
    private readonly int _wanted = destination is null ? -1 : Array.IndexOf(view.Names, destination);
    private readonly Dictionary<int, long> _errors = [];
    private double _seconds;
    private double _pointAccepted;
    private double _pointRefused;
    private long _pointLogBytes;
    private int _counted = -1;

    public HistoryReport Build()
    {
        var first = 0;
        for (var point = 0; point < count; point++)
        {
            var (start, end) = (from + ((long)point * step), from + ((long)(point + 1) * step));
            while (first < view.Rows.Count && view.Rows[first].End <= start)
            {
                first++;
            }

            var last = first - 1;
            while (last + 1 < view.Rows.Count && view.Rows[last + 1].Start < end)
            {
                last++;
                Add(last, start, end);
            }

            ClosePoint(point, last);
        }

        return new HistoryReport
        {
            From = DateTimeOffset.FromUnixTimeSeconds(from),
            Step = TimeSpan.FromSeconds(step),
            Accepted = _accepted,
            Refused = _refused,
            LogBytes = _logBytes,
            Destinations = Destinations(),
        };
    }

    private List<DestinationHistory> Destinations()
    {
        if (destination is not null)
        {
            // Asked for by its name, it is told of also where nothing happened.
            return [(_destinations.GetValueOrDefault(_wanted) ?? new DestinationSeries(count)).ToHistory(destination, _accepted)];
        }

        return [.. _destinations
            .Select(pair => pair.Value.ToHistory(view.Names[pair.Key], _accepted))
            .OrderBy(history => history.Name, StringComparer.Ordinal)];
    }

    private void Add(int index, long start, long end)
    {
        var row = new FigureReader(view.Rows[index].Bytes);
        var share = (double)(Math.Min(end, row.Start + row.Length) - Math.Max(start, row.Start)) / row.Length;
        _seconds += share * row.CoveredMilliseconds / 1000;
        _pointAccepted += share * row.Accepted;
        _pointRefused += share * row.Refused;
        _pointLogBytes = row.LogBytes;

        // Sums over the whole time take each row once.
        var isNew = index > _counted;
        _counted = Math.Max(_counted, index);
        while (row.Next())
        {
            if (destination is not null && row.Name != _wanted)
            {
                continue;
            }

            if (!_destinations.TryGetValue(row.Name, out var series))
            {
                _destinations.Add(row.Name, series = new DestinationSeries(count));
            }

            series.Add(ref row, index, share, isNew ? _errors : null);
            foreach (var (name, failures) in _errors)
            {
                series.AddError(FigureCodec.NameOf(view.Names, name), failures);
            }

            _errors.Clear();
        }
    }

    private void ClosePoint(int point, int lastRow)
    {
        if (_seconds > 0)
        {
            _accepted[point] = DestinationSeries.Rounded(_pointAccepted / _seconds);
            _refused[point] = DestinationSeries.Rounded(_pointRefused / _seconds);
            _logBytes[point] = _pointLogBytes;
            foreach (var series in _destinations.Values)
            {
                series.ClosePoint(point, lastRow, _seconds);
            }
        }

        (_seconds, _pointAccepted, _pointRefused) = (0, 0, 0);
    }
}
