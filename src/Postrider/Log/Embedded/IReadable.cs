namespace Postrider.Log.Embedded;

/// <summary>What a <see cref="FileWindow"/> looks through.</summary>
internal interface IReadable
{
    /// <summary>Reads until the buffer is full or the file ends.</summary>
    int Read(Span<byte> buffer, long offset);
}
