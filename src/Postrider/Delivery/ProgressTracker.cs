using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Which positions one destination has settled in one partition: a read position, and the positions below it that are still outstanding,
/// kept in order so that the lowest of them, the cursor, is always at hand. All operations cost the same however many there are.
/// </summary>
internal sealed class ProgressTracker
{
    private const int None = -1;

    private Entry[] _entries = new Entry[4];
    private int _used;
    private int _free = None;
    private int _first = None;
    private int _last = None;

    public ProgressTracker(long readPosition)
    {
        ReadPosition = readPosition;
    }

    /// <summary>Everything from here on has not been looked at.</summary>
    public long ReadPosition { get; private set; }

    public int OutstandingCount { get; private set; }

    /// <summary>Every position below it is settled.</summary>
    public long Cursor => _first == None ? ReadPosition : _entries[_first].Position;

    /// <summary>Marks the position outstanding and everything up to it as read. Positions come in ascending order.</summary>
    /// <returns>The handle to settle it with.</returns>
    public int Add(long position)
    {
        var handle = Append(position);
        Read(position + 1);
        return handle;
    }

    /// <summary>Takes over a position that was outstanding when the process last stopped. Ascending, and before any <see cref="Add"/>.</summary>
    public int AddRecovered(long position) => Append(position);

    /// <summary>Everything below the position has been looked at.</summary>
    public void Read(long before)
    {
        if (before > ReadPosition)
        {
            ReadPosition = before;
        }
    }

    public void Settle(int handle)
    {
        ref var entry = ref _entries[handle];
        if (entry.Previous == None)
        {
            _first = entry.Next;
        }
        else
        {
            _entries[entry.Previous].Next = entry.Next;
        }

        if (entry.Next == None)
        {
            _last = entry.Previous;
        }
        else
        {
            _entries[entry.Next].Previous = entry.Previous;
        }

        entry.Next = _free;
        _free = handle;
        OutstandingCount--;
    }

    /// <summary>Whether the position is outstanding. For a person who asks: it walks the list.</summary>
    public bool IsOutstanding(long position)
    {
        for (var handle = _first; handle != None; handle = _entries[handle].Next)
        {
            if (_entries[handle].Position == position)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Those of the positions that are outstanding. One walk over both.</summary>
    /// <param name="positions">Ascending.</param>
    public HashSet<long> FindOutstanding(IEnumerable<long> positions)
    {
        var found = new HashSet<long>();
        var handle = _first;
        foreach (var position in positions)
        {
            while (handle != None && _entries[handle].Position < position)
            {
                handle = _entries[handle].Next;
            }

            if (handle != None && _entries[handle].Position == position)
            {
                found.Add(position);
            }
        }

        return found;
    }

    public Progress Snapshot()
    {
        var outstanding = new long[OutstandingCount];
        var i = 0;
        for (var handle = _first; handle != None; handle = _entries[handle].Next)
        {
            outstanding[i++] = _entries[handle].Position;
        }

        return new Progress(ReadPosition, outstanding);
    }

    private int Append(long position)
    {
        var handle = Take();
        _entries[handle] = new Entry { Position = position, Previous = _last, Next = None };
        if (_last == None)
        {
            _first = handle;
        }
        else
        {
            _entries[_last].Next = handle;
        }

        _last = handle;
        OutstandingCount++;
        return handle;
    }

    private int Take()
    {
        if (_free != None)
        {
            var handle = _free;
            _free = _entries[handle].Next;
            return handle;
        }

        if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        return _used++;
    }

    private struct Entry
    {
        public long Position;
        public int Previous;
        public int Next;
    }
}
