using Postrider.Journal;

namespace Postrider.Operations;

/// <summary>One destination's points while a report is built, with the point that is being gathered.</summary>
internal sealed class DestinationSeries(int count)
{
    private readonly double?[] _delivered = new double?[count];
    private readonly double?[] _failed = new double?[count];
    private readonly double?[] _lag = new double?[count];
    private readonly double?[] _oldest = new double?[count];
    private readonly double?[] _p50 = new double?[count];
    private readonly double?[] _p99 = new double?[count];
    private readonly Dictionary<string, long> _outcomes = new(StringComparer.Ordinal)
    {
        [EndedAttempt.Outcomes[0]] = 0,
        [EndedAttempt.Outcomes[1]] = 0,
        [EndedAttempt.Outcomes[2]] = 0,
    };

    private readonly long[] _durations = new long[LatencyBuckets.Count];
    private double _pointDelivered;
    private double _pointFailed;
    private long _pointLag;
    private long _pointOldest;
    private int _lastRow = -1;

    public static double Rounded(double value) => Math.Round(value, 3);

    /// <summary>Adds the destination that the reader stands at.</summary>
    /// <param name="row">The reader.</param>
    /// <param name="index">The row's number.</param>
    /// <param name="share">How much of the row belongs to the point.</param>
    /// <param name="errors">Takes the row's failures by class; null: the row has been counted.</param>
    public void Add(ref FigureReader row, int index, double share, Dictionary<int, long>? errors)
    {
        _pointDelivered += share * row.Delivered;
        _pointFailed += share * (row.Retried + row.Rejected);
        _pointLag = row.Lag;
        _pointOldest = row.OldestMilliseconds;
        _lastRow = index;
        if (errors is not null)
        {
            _outcomes[EndedAttempt.Outcomes[0]] += row.Delivered;
            _outcomes[EndedAttempt.Outcomes[1]] += row.Retried;
            _outcomes[EndedAttempt.Outcomes[2]] += row.Rejected;
        }

        row.ReadDetails(_durations, errors);
    }

    public void AddError(string errorClass, long failures) => _outcomes[errorClass] = _outcomes.GetValueOrDefault(errorClass) + failures;

    /// <param name="point">Which point ends.</param>
    /// <param name="lastRow">The last row of it: where that does not name the destination, nothing waits any more.</param>
    /// <param name="seconds">For how long there were figures.</param>
    public void ClosePoint(int point, int lastRow, double seconds)
    {
        var stands = _lastRow == lastRow;
        _delivered[point] = Rounded(_pointDelivered / seconds);
        _failed[point] = Rounded(_pointFailed / seconds);
        _lag[point] = stands ? _pointLag : 0;
        _oldest[point] = stands ? Rounded(_pointOldest / 1000.0) : 0;
        _p50[point] = LatencyBuckets.Percentile(_durations, 0.5);
        _p99[point] = LatencyBuckets.Percentile(_durations, 0.99);
        _durations.AsSpan().Clear();
        (_pointDelivered, _pointFailed) = (0, 0);
    }

    /// <summary>The whole of it.</summary>
    /// <param name="name">The destination's name.</param>
    /// <param name="known">Not null at every point for which there are figures.</param>
    public DestinationHistory ToHistory(string name, double?[] known)
    {
        for (var point = 0; point < known.Length; point++)
        {
            if (known[point] is not null)
            {
                // Before it was first heard of it did nothing.
                _delivered[point] ??= 0;
                _failed[point] ??= 0;
                _lag[point] ??= 0;
                _oldest[point] ??= 0;
            }
        }

        return new DestinationHistory
        {
            Name = name,
            Delivered = _delivered,
            Failed = _failed,
            Lag = _lag,
            OldestPendingSeconds = _oldest,
            P50Seconds = _p50,
            P99Seconds = _p99,
            Outcomes = _outcomes,
        };
    }
}
