using Postrider.Log;

namespace Postrider.Journal;

/// <summary>Attempts in blocks, in the order they ended: bounded by bytes and count, the oldest block goes first. Thread-safe.</summary>
/// <param name="kind">The kind of its records.</param>
/// <param name="maxBytes">What all blocks may take.</param>
/// <param name="maxCount">How many attempts they may hold.</param>
internal sealed class AttemptBlocks(int kind, long maxBytes, int maxCount)
{
    public const int BlockBytes = 64 << 10;

    /// <summary>First byte of a block.</summary>
    private const byte Version = 1;

    private readonly Lock _lock = new();
    private readonly LinkedList<Block> _closed = [];
    private readonly HashSet<long> _changed = [];
    private readonly HashSet<long> _removed = [];
    private readonly byte[] _open = new byte[BlockBytes];
    private int _length;
    private int _openCount;
    private long _number = 1;
    private long _bytes;
    private int _count;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count + _openCount;
            }
        }
    }

    public void Add(ReadOnlySpan<byte> attempt)
    {
        lock (_lock)
        {
            if (_length + attempt.Length > BlockBytes)
            {
                Close();
            }

            if (_length == 0)
            {
                _open[_length++] = Version;
                _changed.Add(_number);
            }

            attempt.CopyTo(_open.AsSpan(_length));
            _length += attempt.Length;
            _openCount++;
            _changed.Add(_number);
        }
    }

    /// <summary>Those that match, newest first, at most as many as are wanted.</summary>
    public List<EndedAttempt> Find(AttemptQuery query, CancellationToken cancellationToken)
    {
        var found = new List<EndedAttempt>();
        foreach (var block in Newest())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = found.Count;
            var reader = new AttemptReader(block.AsSpan(1));
            while (reader.Next())
            {
                if (query.Matches(reader))
                {
                    found.Add(reader.Read());
                }
            }

            found.Reverse(before, found.Count - before);
            if (found.Count >= query.Limit)
            {
                break;
            }
        }

        return found.Count > query.Limit ? found[..query.Limit] : found;
    }

    /// <summary>Takes over what was kept.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public void Load(IEnumerable<KeptRecord> records)
    {
        lock (_lock)
        {
            foreach (var record in records.Where(record => record.Key.Kind == kind && record.Bytes is [Version, ..]).OrderBy(record => record.Key.Number))
            {
                var block = new Block(record.Key.Number, record.Bytes, CountOf(record.Bytes));
                _closed.AddLast(block);
                _bytes += block.Bytes.Length;
                _count += block.Count;
                _number = record.Key.Number + 1;
            }

            Bound();
        }
    }

    /// <summary>Collects what is to be kept since the last time.</summary>
    public (List<KeptRecord> Written, List<RecordKey> Removed) TakeChanges()
    {
        lock (_lock)
        {
            var written = _closed.Where(block => _changed.Contains(block.Number)).Select(block => RecordOf(block.Number, block.Bytes)).ToList();
            if (_length > 0 && _changed.Contains(_number))
            {
                written.Add(RecordOf(_number, _open[.._length]));
            }

            var removed = _removed.Select(number => new RecordKey(kind, number)).ToList();
            _changed.Clear();
            _removed.Clear();
            return (written, removed);
        }
    }

    /// <summary>What was taken was not kept.</summary>
    public void Untake(IEnumerable<KeptRecord> written, IEnumerable<RecordKey> removed)
    {
        lock (_lock)
        {
            var oldest = _closed.First?.Value.Number ?? _number;
            _changed.UnionWith(written.Select(record => record.Key).Where(key => key.Kind == kind && key.Number >= oldest).Select(key => key.Number));
            _removed.UnionWith(removed.Where(key => key.Kind == kind).Select(key => key.Number));
        }
    }

    private static int CountOf(byte[] block)
    {
        var count = 0;
        var reader = new AttemptReader(block.AsSpan(1));
        while (reader.Next())
        {
            count++;
        }

        return count;
    }

    private KeptRecord RecordOf(long number, byte[] bytes) => new(new RecordKey(kind, number), bytes);

    // Closed blocks never change, so they are read without the lock.
    private List<byte[]> Newest()
    {
        lock (_lock)
        {
            var blocks = new List<byte[]>(_closed.Count + 1);
            if (_length > 0)
            {
                blocks.Add(_open[.._length]);
            }

            for (var block = _closed.Last; block is not null; block = block.Previous)
            {
                blocks.Add(block.Value.Bytes);
            }

            return blocks;
        }
    }

    private void Close()
    {
        _closed.AddLast(new Block(_number, _open[.._length], _openCount));
        _bytes += _length;
        _count += _openCount;
        _length = 0;
        _openCount = 0;
        _number++;
        Bound();
    }

    private void Bound()
    {
        while (_closed.First is { Value: var oldest } && (_bytes + BlockBytes > maxBytes || _count > maxCount))
        {
            _closed.RemoveFirst();
            _bytes -= oldest.Bytes.Length;
            _count -= oldest.Count;
            _changed.Remove(oldest.Number);
            _removed.Add(oldest.Number);
        }
    }

    private sealed record Block(long Number, byte[] Bytes, int Count);
}
