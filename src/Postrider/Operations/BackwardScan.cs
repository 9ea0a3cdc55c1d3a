using Postrider.Events;
using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Goes through one partition from a position back, chunk by chunk.</summary>
internal sealed class BackwardScan(ILogPartition partition, long before)
{
    // The first chunk fills a page of an ordinary log; a search that goes on reads in larger ones.
    private const int FirstChunk = 128 << 10;
    private const int LargestChunk = 1 << 20;

    private readonly Queue<Event> _chunk = new();
    private int _chunkBytes = FirstChunk;
    private long _readTo = before;
    private bool _ended;

    public ILogPartition Partition => partition;

    /// <summary>All from here on has been taken.</summary>
    public long Before { get; private set; } = before;

    public long BytesRead { get; private set; }

    public bool IsAtEnd => _chunk.Count == 0 && (_ended || _readTo <= partition.FirstPosition);

    /// <summary>The next event, once looked at; null: there is none.</summary>
    public Event? Head => _chunk.TryPeek(out var head) ? head : null;

    /// <summary>Looks at the next event; null: the partition's oldest was taken.</summary>
    public async ValueTask<Event?> PeekAsync(CancellationToken cancellationToken)
    {
        while (_chunk.Count == 0 && !IsAtEnd)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (events, from) = await partition.ReadBackAsync(_readTo, _chunkBytes, cancellationToken).ConfigureAwait(false);
            _chunkBytes = Math.Min(2 * _chunkBytes, LargestChunk);
            if (from >= _readTo)
            {
                // What stood there has been truncated away.
                End();
                break;
            }

            _readTo = from;
            foreach (var @event in events)
            {
                _chunk.Enqueue(@event);
                BytesRead += @event.Weight;
            }

            if (events.Count == 0)
            {
                // A gap counts as read, so that many of them cannot make a search endless.
                Before = from;
                BytesRead += _chunkBytes;
                break;
            }
        }

        return Head;
    }

    public Event Take()
    {
        var taken = _chunk.Dequeue();
        Before = taken.Position;
        return taken;
    }

    /// <summary>Nothing further back is wanted.</summary>
    public void End()
    {
        _chunk.Clear();
        _ended = true;
        Before = 0;
    }
}
