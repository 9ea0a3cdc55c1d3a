using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Events that are written and synced together. Filled under the append lock, then owned by the writer.</summary>
internal sealed class AppendBatch(long first, int expected, ChunkPool chunks)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Chunk> _chunks = [];
    private byte[] _open = [];
    private int _used;

    public long First { get; } = first;

    /// <summary>Handed to the listener, who may keep it.</summary>
    public List<Event> Events { get; } = new(expected);

    public long Bytes { get; private set; }

    public Task Completion => _completion.Task;

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

    public void Complete() => _completion.SetResult();

    public void Fail(Exception exception)
    {
        _completion.SetException(exception);

        // A batch whose clients have all gone is nobody's unobserved failure.
        _ = _completion.Task.Exception;
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
