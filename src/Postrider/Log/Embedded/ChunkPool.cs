namespace Postrider.Log.Embedded;

/// <summary>The buffers that batches are framed in. Keeps a few of the usual size; larger ones, and a burst's, go to the collector.</summary>
internal sealed class ChunkPool
{
    public const int ChunkLength = 256 << 10;

    // Two batches of a megabyte: what 1,000 clients at once fill between two syncs.
    private const int Kept = 8;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _free = new(Kept);

    public byte[] Rent(int atLeast)
    {
        if (atLeast > ChunkLength)
        {
            return GC.AllocateUninitializedArray<byte>(atLeast);
        }

        lock (_lock)
        {
            if (_free.TryPop(out var chunk))
            {
                return chunk;
            }
        }

        return GC.AllocateUninitializedArray<byte>(ChunkLength);
    }

    public void Return(byte[] chunk)
    {
        lock (_lock)
        {
            if (chunk.Length == ChunkLength && _free.Count < Kept)
            {
                _free.Push(chunk);
            }
        }
    }
}
