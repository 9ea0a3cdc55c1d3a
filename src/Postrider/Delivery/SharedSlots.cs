namespace Postrider.Delivery;

/// <summary>The destination's slots as its dispatchers share them: whoever finds none is woken when another returns one.</summary>
/// <remarks>
/// Retries and new events have shares of their own, so each kind waits by itself, and a slot that comes back wakes one of each kind. Whoever is
/// woken and has no use for a slot passes the word on (<see cref="Decline"/>); whoever fails again waits again, behind the others.
/// </remarks>
internal sealed class SharedSlots
{
    private readonly Lock _lock = new();
    private readonly SlotPool _pool = new();
    private readonly Waiting _retries = new();
    private readonly Waiting _news = new();

    public int InUse => _pool.InUse;

    public void Resize(int size) => _pool.Resize(size);

    public bool TryTake(bool retry) => _pool.TryTake(retry);

    /// <summary>Takes a slot; where there is none, the dispatcher is woken when there may be.</summary>
    public bool TryTakeOrWait(bool retry, IRingReader by)
    {
        if (_pool.TryTake(retry))
        {
            return true;
        }

        lock (_lock)
        {
            // Looked at again once in the queue: a slot may have come back in between.
            QueueOf(retry).Add(by);
        }

        return _pool.TryTake(retry);
    }

    public void Return(bool retry, IRingReader by)
    {
        _pool.Return(retry);
        WakeNext(_retries, by);
        WakeNext(_news, by);
    }

    /// <summary>The dispatcher has nothing of this kind to try: it waits no more, and the next is woken in its place.</summary>
    public void Decline(bool retry, IRingReader by) => WakeNext(QueueOf(retry), by);

    private Waiting QueueOf(bool retry) => retry ? _retries : _news;

    private void WakeNext(Waiting waiting, IRingReader by)
    {
        if (waiting.IsEmpty)
        {
            return;
        }

        IRingReader? next;
        lock (_lock)
        {
            next = waiting.TakeNext(by);
        }

        next?.Wake();
    }

    private sealed class Waiting
    {
        private readonly Queue<IRingReader> _queue = new();
        private readonly HashSet<IRingReader> _members = [];
        private volatile bool _isEmpty = true;

        public bool IsEmpty => _isEmpty;

        public void Add(IRingReader reader)
        {
            if (_members.Add(reader))
            {
                _queue.Enqueue(reader);
                _isEmpty = false;
            }
        }

        // Whoever returns a slot looks for work anyway: its own place is not worth a wake-up.
        public IRingReader? TakeNext(IRingReader except)
        {
            IRingReader? next = null;
            while (next is null && _queue.TryDequeue(out var first))
            {
                _members.Remove(first);
                next = first == except ? null : first;
            }

            _isEmpty = _queue.Count == 0;
            return next;
        }
    }
}
