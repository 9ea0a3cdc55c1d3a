using System.Threading.Channels;
using Postrider.Log;

namespace Postrider.Journal;

/// <summary>
/// Tells listeners of events as they are stored and of attempts as they end. With nobody listening it costs one look at a field. Batches are
/// looked through on a thread of the hub's own, so that the log's goes on at once; those that come too fast are counted as missed.
/// </summary>
internal sealed class TailHub
{
    /// <summary>A few operators and their pages; each listener more costs a look at every event.</summary>
    public const int MaxListeners = 64;

    // Batches that wait to be looked through: their events stay in memory meanwhile.
    private const long MaxWaitingBytes = 8 << 20;

    private readonly Lock _lock = new();
    private readonly Channel<CommittedBatch> _batches = Channel.CreateUnbounded<CommittedBatch>(new UnboundedChannelOptions { SingleReader = true });
    private volatile TailListener[] _listeners = [];
    private long _waitingBytes;
    private bool _looking;
    private bool _closed;

    /// <summary>The server stops.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    public bool HasListeners => _listeners.Length > 0;

    /// <summary>Begins to listen; null: there are too many, or the server stops.</summary>
    public TailListener? TryListen(TailWish wish)
    {
        lock (_lock)
        {
            if (_closed || _listeners.Length == MaxListeners)
            {
                return null;
            }

            var listener = new TailListener(this, wish);
            _listeners = [.. _listeners, listener];
            if (!_looking)
            {
                _looking = true;
                _ = Task.Run(LookAsync);
            }

            return listener;
        }
    }

    public void Leave(TailListener listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }

    /// <summary>Ends all tails, so that a stop does not wait for them.</summary>
    public void Close()
    {
        lock (_lock)
        {
            Volatile.Write(ref _closed, true);
            _batches.Writer.TryComplete();
            foreach (var listener in _listeners)
            {
                listener.Close();
            }
        }
    }

    /// <summary>A batch is stored. Called by the log, on its own thread.</summary>
    public void Stored(CommittedBatch batch)
    {
        if (!HasListeners)
        {
            return;
        }

        var weight = 0L;
        foreach (var @event in batch.Events)
        {
            weight += @event.Weight;
        }

        if (Interlocked.Add(ref _waitingBytes, weight) > MaxWaitingBytes)
        {
            Interlocked.Add(ref _waitingBytes, -weight);
            foreach (var listener in _listeners.Where(listener => listener.Wish.Events))
            {
                listener.Miss(batch.Events.Count);
            }
        }
        else
        {
            _batches.Writer.TryWrite(batch);
        }
    }

    /// <summary>Whether anyone wants to hear of such an attempt.</summary>
    public bool Wants(string destination, bool delivered, Events.Event @event)
    {
        foreach (var listener in _listeners)
        {
            if (listener.Wish.Matches(destination, delivered, @event))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An attempt has ended.</summary>
    public void Ended(EndedAttempt attempt)
    {
        foreach (var listener in _listeners)
        {
            if (listener.Wish.Matches(attempt))
            {
                listener.Offer(new TailLine(null, attempt, 0));
            }
        }
    }

    private async Task LookAsync()
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            var weight = 0L;
            foreach (var @event in batch.Events)
            {
                weight += @event.Weight;
                Look(@event);
            }

            Interlocked.Add(ref _waitingBytes, -weight);
        }
    }

    private void Look(Events.Event @event)
    {
        StoredEvent? line = null;
        foreach (var listener in _listeners)
        {
            if (listener.Wish.Matches(@event))
            {
                line ??= StoredEvent.Of(@event);
                listener.Offer(new TailLine(line, null, 0));
            }
        }
    }
}
