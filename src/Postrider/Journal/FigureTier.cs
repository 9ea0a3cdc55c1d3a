namespace Postrider.Journal;

/// <summary>
/// The history at one resolution: closed rows in the order of time, and the open one that is still gathered. Bounded in time and in bytes:
/// where the rows of many destinations would take more, old ones are joined to pairs, then to fours, so that the whole time stays covered.
/// Not thread-safe: its owner locks.
/// </summary>
/// <param name="step">How long a row is, in seconds, before any are joined.</param>
/// <param name="keep">How far back it reaches, in seconds.</param>
/// <param name="maxBytes">What its rows may take.</param>
/// <param name="names">The names that rows refer to.</param>
internal sealed class FigureTier(int step, int keep, long maxBytes, NameTable names)
{
    // A clock that is set back by less goes on where it was; rows that lie farther ahead of it were wrong, and go.
    private const int SmallSetBack = 60;

    // Rows are joined up to this share of the time; then the oldest go.
    private const int LongestShare = 12;

    // What a row costs beside its bytes.
    private const int RowOverhead = 48;

    private readonly List<StoredRow> _rows = [];
    private readonly HashSet<long> _changed = [];
    private readonly HashSet<long> _removed = [];
    private FigureRow? _open;

    public int Step => step;

    public int Keep => keep;

    /// <summary>What its closed rows take.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes over rows that were kept, in the order of time.</summary>
    public void Load(IEnumerable<StoredRow> rows)
    {
        foreach (var row in rows.Where(row => _rows.Count == 0 || row.Start >= _rows[^1].End))
        {
            Push(row);
        }
    }

    /// <summary>Adds figures of a moment.</summary>
    /// <param name="at">Which moment, in Unix seconds.</param>
    /// <param name="sample">The figures; its own start does not count.</param>
    public void Add(long at, FigureRow sample)
    {
        var start = at - (at % step);
        DropAhead(start);
        if (_open is null && _rows.Count > 0 && _rows[^1].End > start)
        {
            Reopen();
        }

        if (_open is { } open && start < open.End)
        {
            open.Append(sample);
        }
        else
        {
            Close();
            _open = new FigureRow { Start = start, Length = step };
            _open.Append(sample);
        }

        _changed.Add(_open.Start);
        _removed.Remove(_open.Start);
        DropOld(start + step - keep);
        Thin();
    }

    /// <summary>All rows, in the order of time, the open one last.</summary>
    public List<StoredRow> Snapshot()
    {
        var rows = new List<StoredRow>(_rows);
        if (_open is { } open)
        {
            rows.Add(Store(open));
        }

        return rows;
    }

    /// <summary>What differs from what was taken the last time.</summary>
    public (List<StoredRow> Changed, List<long> Removed) TakeChanges()
    {
        var changed = Snapshot().FindAll(row => _changed.Contains(row.Start));
        List<long> removed = [.. _removed];
        _changed.Clear();
        _removed.Clear();
        return (changed, removed);
    }

    /// <summary>What was taken was not kept.</summary>
    public void Untake(List<StoredRow> changed, List<long> removed)
    {
        _changed.UnionWith(changed.Select(row => row.Start).Where(Holds));
        _removed.UnionWith(removed.Where(start => !Holds(start)));
    }

    private bool Holds(long start) => _open?.Start == start || _rows.Exists(row => row.Start == start);

    private void DropAhead(long start)
    {
        var ahead = _open?.Start ?? (_rows.Count > 0 ? _rows[^1].Start : 0);
        if (ahead - start <= SmallSetBack)
        {
            return;
        }

        if (_open is { } open)
        {
            _open = null;
            Forget(open.Start);
        }

        while (_rows.Count > 0 && _rows[^1].Start > start)
        {
            Forget(_rows[^1].Start);
            Pop(_rows.Count - 1);
        }
    }

    private void DropOld(long before)
    {
        while (_rows.Count > 0 && _rows[0].End <= before)
        {
            Forget(_rows[0].Start);
            Pop(0);
        }
    }

    private void Reopen()
    {
        _open = FigureCodec.Read(_rows[^1].Bytes, names.ToArray());
        Pop(_rows.Count - 1);
    }

    private void Close()
    {
        if (_open is { } open)
        {
            Push(Store(open));
            _open = null;
        }
    }

    private void Thin()
    {
        while (Bytes > maxBytes && _rows.Count > 0)
        {
            if (!Join())
            {
                Forget(_rows[0].Start);
                Pop(0);
            }
        }
    }

    // Those that are shortest for their age: what was lately keeps its detail, what lies far back becomes coarse.
    private bool Join()
    {
        var (best, least, now) = (-1, double.MaxValue, _rows[^1].End);
        for (var i = 0; i + 1 < _rows.Count; i++)
        {
            var (first, second) = (_rows[i], _rows[i + 1]);
            if (first.Length == second.Length && first.End == second.Start && first.Start % (2L * first.Length) == 0
                && first.Length <= keep / LongestShare / 2 && (double)first.Length / (now - first.Start) is var share && share < least)
            {
                (best, least) = (i, share);
            }
        }

        if (best < 0)
        {
            return false;
        }

        var all = names.ToArray();
        var joined = new FigureRow { Start = _rows[best].Start, Length = 2 * _rows[best].Length };
        joined.Append(FigureCodec.Read(_rows[best].Bytes, all));
        joined.Append(FigureCodec.Read(_rows[best + 1].Bytes, all));
        Forget(_rows[best + 1].Start);
        Pop(best + 1);
        Pop(best);
        var stored = Store(joined);
        _rows.Insert(best, stored);
        Bytes += stored.Bytes.Length + RowOverhead;
        _changed.Add(stored.Start);
        return true;
    }

    private StoredRow Store(FigureRow row) => new(row.Start, row.Length, FigureCodec.Write(row, names));

    private void Push(StoredRow row)
    {
        _rows.Add(row);
        Bytes += row.Bytes.Length + RowOverhead;
        _removed.Remove(row.Start);
    }

    private void Pop(int index)
    {
        Bytes -= _rows[index].Bytes.Length + RowOverhead;
        _rows.RemoveAt(index);
    }

    private void Forget(long start)
    {
        _changed.Remove(start);
        _removed.Add(start);
    }
}
