using Postrider.Log;

namespace Postrider.Journal;

/// <summary>
/// The figures of the last 24 hours, twice: the last hour and a little in steps of five seconds, the day in steps of a minute. Bounded to a
/// few MiB, in memory as in storage; a destination that does nothing and for which nothing waits takes no room.
/// </summary>
internal sealed class FigureHistory
{
    public const int FineStep = 5;
    public const int CoarseStep = 60;

    /// <summary>So far back the fine steps reach: an hour, and as much more as a chart of an hour is wide of its ends.</summary>
    public static readonly TimeSpan FineSpan = TimeSpan.FromMinutes(65);

    private static readonly TimeSpan CoarseSpan = TimeSpan.FromHours(24) + TimeSpan.FromMinutes(30);

    // At full resolution 50 busy destinations take about 3 MiB in all.
    private const long FineBytes = 2 << 20;
    private const long CoarseBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly NameTable _names = new();
    private readonly FigureTier _fine;
    private readonly FigureTier _coarse;
    private int _keptNames;

    public FigureHistory(long fineBytes = FineBytes, long coarseBytes = CoarseBytes)
    {
        _fine = new FigureTier(FineStep, (int)FineSpan.TotalSeconds, fineBytes, _names);
        _coarse = new FigureTier(CoarseStep, (int)CoarseSpan.TotalSeconds, coarseBytes, _names);
    }

    /// <summary>What the closed rows take.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _fine.Bytes + _coarse.Bytes;
            }
        }
    }

    /// <summary>Adds what happened in the time that ends now.</summary>
    public void Add(DateTimeOffset now, TimeSpan elapsed, FigureRow sample)
    {
        // A little late or early, the time still lies for the most part in the step it belongs to.
        var half = TimeSpan.FromTicks(Math.Min(elapsed.Ticks, TimeSpan.FromSeconds(FineStep).Ticks) / 2);
        var at = (now - half).ToUnixTimeSeconds();
        sample.CoveredMilliseconds = (long)elapsed.TotalMilliseconds;
        lock (_lock)
        {
            _fine.Add(at, sample);
            _coarse.Add(at, sample);
        }
    }

    /// <summary>The rows that tell about so much time best.</summary>
    public FigureView View(TimeSpan span)
    {
        lock (_lock)
        {
            var tier = span <= FineSpan ? _fine : _coarse;
            return new FigureView(tier.Step, tier.Snapshot(), _names.ToArray());
        }
    }

    /// <summary>Takes over what was kept; what is of another version is left.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public void Load(IReadOnlyList<KeptRecord> records)
    {
        lock (_lock)
        {
            foreach (var record in records.Where(record => record.Key.Kind == RecordKinds.Names))
            {
                _names.Load(record.Bytes);
            }

            _keptNames = _names.Count;
            _fine.Load(RowsOf(records, RecordKinds.FineRows));
            _coarse.Load(RowsOf(records, RecordKinds.CoarseRows));
        }
    }

    /// <summary>Collects what is to be kept since the last time.</summary>
    public FigureChanges TakeChanges()
    {
        lock (_lock)
        {
            var (fine, coarse) = (_fine.TakeChanges(), _coarse.TakeChanges());
            var names = _names.Count > _keptNames ? _names.ToBytes() : null;
            _keptNames = _names.Count;
            return new FigureChanges(fine.Changed, fine.Removed, coarse.Changed, coarse.Removed, names);
        }
    }

    /// <summary>What was taken was not kept: it comes again.</summary>
    public void Untake(FigureChanges changes)
    {
        lock (_lock)
        {
            _fine.Untake(changes.Fine, changes.FineRemoved);
            _coarse.Untake(changes.Coarse, changes.CoarseRemoved);
            _keptNames = changes.Names is null ? _keptNames : 0;
        }
    }

    private IEnumerable<StoredRow> RowsOf(IReadOnlyList<KeptRecord> records, int kind)
    {
        var names = _names.ToArray();
        foreach (var record in records.Where(record => record.Key.Kind == kind).OrderBy(record => record.Key.Number))
        {
            // Read whole once, so that nothing unreadable is met later.
            var row = FigureCodec.Read(record.Bytes, names);
            yield return new StoredRow(row.Start, row.Length, record.Bytes);
        }
    }
}
