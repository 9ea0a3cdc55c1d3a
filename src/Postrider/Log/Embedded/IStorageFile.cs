namespace Postrider.Log.Embedded;

/// <summary>An open file. Reads may come from several threads, and after a dispose throw <see cref="ObjectDisposedException"/>.</summary>
internal interface IStorageFile : IReadable, IDisposable
{
    long Length { get; }

    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when all that was written is on stable storage.</summary>
    void Sync();

    void Truncate(long length);

    /// <summary>
    /// Makes the file at least this long, with zeros, where the disk can do so without writing them: syncing a write within the length costs
    /// about half of syncing one that extends it. Only a help: elsewhere, and where it fails, it does nothing.
    /// </summary>
    void Reserve(long length)
    {
    }

    /// <summary>
    /// Writes zeros, to be synced with what was written before: syncing a write into blocks that hold data already costs about half of syncing
    /// one into blocks that were only reserved. Only a help: it may do nothing.
    /// </summary>
    void WriteZeros(long from, long to)
    {
    }
}
