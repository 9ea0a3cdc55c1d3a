namespace Postrider.Log.Embedded;

/// <summary>An open file. Reads may come from several threads, and after a dispose throw <see cref="ObjectDisposedException"/>.</summary>
internal interface IStorageFile : IReadable, IDisposable
{
    long Length { get; }

    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when all that was written is on stable storage.</summary>
    void Sync();

    void Truncate(long length);
}
