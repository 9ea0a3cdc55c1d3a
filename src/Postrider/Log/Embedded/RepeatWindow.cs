using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>The events whose repeats are recognised: a queue by position, and a hash table over it. Bounded; the oldest go first.</summary>
/// <remarks>
/// Entries lie in blocks that come and go with the queue, so that the memory follows what is remembered and no append pays for a large copy.
/// An entry that is over stays until it is the oldest; a newer one of the same id is found before it.
/// </remarks>
internal sealed class RepeatWindow
{
    /// <summary>What an entry takes of memory, its share of the table included, rounded up.</summary>
    public const int BytesPerEntry = 64;

    private const int BlockSize = 4096;
    private const int SmallestTable = 1024;
    private const int None = -1;

    private readonly Lock _lock = new();
    private readonly int _capacity;
    private readonly int _slots;
    private Node[]?[] _blocks = [];
    private int[] _buckets = [];
    private long _head;
    private long _tail;
    private long _forgotten;

    public RepeatWindow(long maxBytes)
    {
        _capacity = (int)Math.Clamp(maxBytes / BytesPerEntry, 1, Array.MaxLength / 2);

        // One block more than the entries fill: a queue that begins inside of a block ends inside of another.
        _slots = ((_capacity + BlockSize - 1) / BlockSize * BlockSize) + BlockSize;
    }

    /// <summary>How many are remembered, how many may be, and how many had to be forgotten before their windows were over.</summary>
    public (int Count, int Capacity, long Forgotten) Usage
    {
        get
        {
            lock (_lock)
            {
                return (Count, _capacity, _forgotten);
            }
        }
    }

    /// <summary>The oldest position that is remembered; null: none.</summary>
    public long? Oldest
    {
        get
        {
            lock (_lock)
            {
                return Count == 0 ? null : At(_head).Position;
            }
        }
    }

    private int Count => (int)(_tail - _head);

    /// <summary>The event that this one repeats; null: there is none, and from now on this one is remembered at its position.</summary>
    /// <param name="key">What makes it recognisable.</param>
    /// <param name="now">When it came: an event whose window is over by then is not repeated.</param>
    /// <param name="position">The place it would get. Never below that of an earlier call, but after <see cref="RemoveFrom"/>.</param>
    public RepeatEntry? FindOrAdd(in RepeatKey key, DateTimeOffset now, long position)
    {
        lock (_lock)
        {
            var at = now.ToUnixTimeMilliseconds();
            if (Find(key.Id) is { } entry && at < entry.Until)
            {
                return entry;
            }

            RemoveOver(at);
            Append(new RepeatEntry(key.Id, key.Body, position, key.Until.ToUnixTimeMilliseconds()), at);
            return null;
        }
    }

    /// <summary>Remembers what was stored before, unless its window is over. In the order of positions.</summary>
    public void Restore(in RepeatEntry entry, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (entry.Until > now.ToUnixTimeMilliseconds())
            {
                Append(entry, now.ToUnixTimeMilliseconds());
            }
        }
    }

    /// <summary>Forgets what was not stored after all.</summary>
    public void RemoveFrom(long position)
    {
        lock (_lock)
        {
            while (_tail > _head && At(_tail - 1).Position >= position)
            {
                _tail--;
                Unlink(_tail);
            }
        }
    }

    /// <summary>Copies those from one position up to another, oldest first; how many, at most as many as there is room for.</summary>
    public int Copy(long from, long before, Span<RepeatEntry> entries)
    {
        lock (_lock)
        {
            var count = 0;
            for (var i = LowerBound(from); i < _tail && count < entries.Length && At(i).Position < before; i++)
            {
                entries[count++] = At(i).Entry;
            }

            return count;
        }
    }

    private long LowerBound(long position)
    {
        var (low, high) = (_head, _tail);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (At(middle).Position < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private RepeatEntry? Find(UInt128 id)
    {
        if (_buckets.Length == 0)
        {
            return null;
        }

        for (var slot = _buckets[Bucket(id)]; slot != None;)
        {
            ref var node = ref InSlot(slot);
            if (node.Id == id)
            {
                return node.Entry;
            }

            slot = node.Next;
        }

        return null;
    }

    // A few at a time, so that no append pays for a burst of long ago.
    private void RemoveOver(long now)
    {
        for (var i = 0; i < 4 && _tail > _head && At(_head).Until <= now; i++)
        {
            RemoveOldest();
        }
    }

    private void Append(in RepeatEntry entry, long now)
    {
        if (Count == _capacity)
        {
            _forgotten += At(_head).Until > now ? 1 : 0;
            RemoveOldest();
        }

        if (Count >= _buckets.Length)
        {
            GrowTable();
        }

        var slot = Slot(_tail);
        _blocks[slot / BlockSize] ??= new Node[BlockSize];
        _tail++;
        ref var bucket = ref _buckets[Bucket(entry.Id)];
        InSlot(slot) = new Node(entry, bucket);
        bucket = slot;
    }

    private void RemoveOldest()
    {
        Unlink(_head);
        _head++;
        if (Slot(_head) % BlockSize == 0)
        {
            _blocks[Slot(_head - 1) / BlockSize] = null;
        }
    }

    private void Unlink(long index)
    {
        var slot = Slot(index);
        ref var link = ref _buckets[Bucket(InSlot(slot).Id)];
        while (link != slot)
        {
            link = ref InSlot(link).Next;
        }

        link = InSlot(slot).Next;
    }

    private void GrowTable()
    {
        if (_blocks.Length == 0)
        {
            _blocks = new Node[]?[_slots / BlockSize];
        }

        _buckets = new int[Math.Max(SmallestTable, _buckets.Length * 2)];
        Array.Fill(_buckets, None);
        for (var i = _head; i < _tail; i++)
        {
            ref var bucket = ref _buckets[Bucket(At(i).Id)];
            At(i).Next = bucket;
            bucket = Slot(i);
        }
    }

    // The id is a hash already.
    private int Bucket(UInt128 id) => (int)((ulong)id & (uint)(_buckets.Length - 1));

    private int Slot(long index) => (int)(index % _slots);

    private ref Node At(long index) => ref InSlot(Slot(index));

    private ref Node InSlot(int slot) => ref _blocks[slot / BlockSize]![slot % BlockSize];

    // Two halves, because a UInt128 is laid out by sixteens: 48 bytes instead of 64.
    private struct Node(in RepeatEntry entry, int next)
    {
        private readonly ulong _high = (ulong)(entry.Id >> 64);
        private readonly ulong _low = (ulong)entry.Id;
        private readonly ulong _body = entry.Body;

        public readonly long Position = entry.Position;
        public readonly long Until = entry.Until;
        public int Next = next;

        public readonly UInt128 Id => new(_high, _low);

        public readonly RepeatEntry Entry => new(Id, _body, Position, Until);
    }
}
