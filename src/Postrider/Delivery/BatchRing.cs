using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>
/// The newest durable batches of one partition, kept in memory for a while so that dispatchers at the tail never read the log.
/// An event's route is decided once, when its batch enters; each dispatcher then pulls only its own.
/// </summary>
/// <remarks>A batch leaves when every reader within the ring has passed it, or when the ring holds more than its share of bytes: a laggard then reads the log.</remarks>
internal sealed class BatchRing(long capacityBytes, RouteTable routes)
{
    private readonly Lock _lock = new();
    private readonly List<RingBatch> _batches = [];
    private RouteTable _routes = routes;
    private IRingReader?[] _readers = [];
    private int _head;
    private long _weight;
    private long _weightSinceSweep;

    /// <summary>The first position held; behind it a reader must go to the log. Nothing is held when it is <see cref="long.MaxValue"/>.</summary>
    public long First
    {
        get
        {
            lock (_lock)
            {
                return _head < _batches.Count ? _batches[_head].First : long.MaxValue;
            }
        }
    }

    public void Attach(int slot, IRingReader reader)
    {
        lock (_lock)
        {
            if (slot >= _readers.Length)
            {
                Array.Resize(ref _readers, slot + 8);
            }

            _readers[slot] = reader;
        }
    }

    public void Detach(int slot)
    {
        lock (_lock)
        {
            if (slot < _readers.Length)
            {
                _readers[slot] = null;
            }
        }
    }

    /// <summary>Takes routes into force: batches already held are decided again.</summary>
    public void Reroute(RouteTable routes)
    {
        lock (_lock)
        {
            _routes = routes;
            for (var i = _head; i < _batches.Count; i++)
            {
                _batches[i] = new RingBatch(_batches[i].First, _batches[i].Events, routes);
            }
        }
    }

    /// <summary>Takes a durable batch in and wakes those it holds something for. Called by the log, in order.</summary>
    public void Add(CommittedBatch committed)
    {
        lock (_lock)
        {
            var batch = new RingBatch(committed.First, committed.Events, _routes);
            _batches.Add(batch);
            _weight += batch.Weight;
            _weightSinceSweep += batch.Weight;
            foreach (var slot in batch.Slots)
            {
                Reader(slot)?.Wake();
            }

            Sweep();
            Trim();
        }
    }

    /// <summary>Collects up to <paramref name="max"/> of the slot's events from the position on.</summary>
    /// <returns>The position up to which the reader has now seen everything; the same position when the ring does not hold it, or decided it
    /// by other routes than the reader's: an event's story is told by the routes that its reader had.</returns>
    public long Pull(int slot, RouteTable routes, long from, int max, List<Event> events)
    {
        lock (_lock)
        {
            var index = ReferenceEquals(routes, _routes) ? IndexOf(from) : -1;
            if (index < 0)
            {
                return from;
            }

            var next = from;
            for (; index < _batches.Count; index++)
            {
                var batch = _batches[index];
                foreach (var @event in batch.EventsOf(slot))
                {
                    if (@event.Position < next)
                    {
                        continue;
                    }

                    if (events.Count == max)
                    {
                        return @event.Position;
                    }

                    events.Add(@event);
                    next = @event.Position + 1;
                }

                next = batch.End;
            }

            return next;
        }
    }

    /// <summary>The event of the position; null: the ring does not hold it.</summary>
    public Event? Find(long position)
    {
        lock (_lock)
        {
            return IndexOf(position) is >= 0 and var index ? _batches[index].Events[(int)(position - _batches[index].First)] : null;
        }
    }

    private IRingReader? Reader(int slot) => slot < _readers.Length ? _readers[slot] : null;

    // Readers without events of their own advance only when they are woken: now and then all are, lest the ring moves on without them.
    private void Sweep()
    {
        if (_weightSinceSweep < capacityBytes / 4)
        {
            return;
        }

        _weightSinceSweep = 0;
        foreach (var reader in _readers)
        {
            reader?.Wake();
        }
    }

    private void Trim()
    {
        // A reader that has fallen behind the ring must read the log anyway: batches kept for it would only grow old in memory, and their
        // collection would cost the others tens of milliseconds.
        var passed = long.MaxValue;
        var first = _head < _batches.Count ? _batches[_head].First : long.MaxValue;
        foreach (var reader in _readers)
        {
            if (reader?.ReadPosition is { } position && position >= first)
            {
                passed = Math.Min(passed, position);
            }
        }

        while (_head < _batches.Count && (_weight > capacityBytes || _batches[_head].End <= passed))
        {
            _weight -= _batches[_head].Weight;
            _batches[_head] = null!;
            _head++;
        }

        // The list's front is cut off only now and then, so that a batch costs no move of all the others.
        if (_head > 64 && _head > _batches.Count / 2)
        {
            _batches.RemoveRange(0, _head);
            _head = 0;
        }
    }

    private int IndexOf(long position)
    {
        var low = _head;
        var high = _batches.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var batch = _batches[middle];
            if (position < batch.First)
            {
                high = middle - 1;
            }
            else if (position >= batch.End)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }
}
