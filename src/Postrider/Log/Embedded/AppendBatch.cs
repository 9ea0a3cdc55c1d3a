using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Events that are written and synced together. Filled under the append lock, then owned by the writer.</summary>
internal sealed class AppendBatch(long first, int expected, ChunkPool chunks)
{
    private readonly Hearings _hearings = new();
    private readonly List<Chunk> _chunks = [];
    private byte[] _open = [];
    private int _used;

    public long First { get; } = first;

    /// <summary>Handed to the listener, who may keep it.</summary>
    public List<Event> Events { get; } = new(expected);

    public long Bytes { get; private set; }

    /// <summary>How many wait for it.</summary>
    public int Requests => _hearings.Requests;

    /// <summary>The event's checksum, taken outside of the append lock because it is the longest part of an append.</summary>
    public static uint Measure(uint seed, Event @event) => @event.Bytes.Length <= RecordFrame.MaxPayloadLength
        ? RecordFrame.ChecksumPayload(seed, @event.Bytes)
        : throw new ArgumentException($"An event of {@event.Bytes.Length} bytes is larger than the log takes ({RecordFrame.MaxPayloadLength}).", nameof(@event));

    /// <summary>For one who waits until the batch is durable. What follows must not block: others wait behind it.</summary>
    public Task Join() => _hearings.Join();

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

    public void Complete() => _hearings.Complete();

    public void Fail(Exception exception) => _hearings.Fail(exception);

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
