using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Events that are written and synced together. Filled under the append lock, then owned by the writer.</summary>
internal sealed class AppendBatch(long first, int expected, ChunkPool chunks)
{
    // So many clients hear of it one after the other on one thread: a hand-over to the thread pool costs more than an answer.
    private const int HearTogether = 16;

    private readonly List<TaskCompletionSource> _hearings = [];
    private int _hearers;
    private readonly List<Chunk> _chunks = [];
    private byte[] _open = [];
    private int _used;

    public long First { get; } = first;

    /// <summary>Handed to the listener, who may keep it.</summary>
    public List<Event> Events { get; } = new(expected);

    public long Bytes { get; private set; }

    /// <summary>For one who waits until the batch is durable. What follows must not block: others wait behind it.</summary>
    public Task Join()
    {
        if (_hearers++ % HearTogether == 0)
        {
            _hearings.Add(new TaskCompletionSource());
        }

        return _hearings[^1].Task;
    }

    /// <summary>Copies the event in. A record never straddles two chunks.</summary>
    public void Add(Event @event, uint payloadChecksum)
    {
        var length = RecordFrame.HeaderLength + @event.Bytes.Length;
        if (length > _open.Length - _used)
        {
            CloseChunk();
            _open = chunks.Rent(length);
        }

        RecordFrame.Write(_open.AsSpan(_used), payloadChecksum, @event.Position, First, @event.Bytes);
        _used += length;
        Bytes += length;
        Events.Add(@event);
    }

    /// <summary>The records, in order. No more may be added.</summary>
    public IReadOnlyList<Chunk> Seal()
    {
        CloseChunk();
        return _chunks;
    }

    /// <summary>Gives the buffers back.</summary>
    public void Release()
    {
        CloseChunk();
        foreach (var chunk in _chunks)
        {
            chunks.Return(chunk.Bytes);
        }

        _chunks.Clear();
    }

    public void Complete()
    {
        foreach (var hearing in _hearings)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static hearing => hearing.SetResult(), hearing, preferLocal: false);
        }
    }

    public void Fail(Exception exception)
    {
        foreach (var hearing in _hearings)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static failed =>
                {
                    failed.Hearing.SetException(failed.Exception);

                    // A batch whose clients have all gone is nobody's unobserved failure.
                    _ = failed.Hearing.Task.Exception;
                },
                (Hearing: hearing, Exception: exception),
                preferLocal: false);
        }
    }

    private void CloseChunk()
    {
        if (_used > 0)
        {
            _chunks.Add(new Chunk(_open, _used));
        }

        (_open, _used) = ([], 0);
    }

    internal readonly record struct Chunk(byte[] Bytes, int Length);
}
