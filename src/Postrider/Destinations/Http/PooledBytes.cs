using System.Buffers;

namespace Postrider.Destinations.Http;

/// <summary>Bytes that are written once and read after, in an array of the shared pool. Its owner returns it, once nobody can still be reading.</summary>
internal sealed class PooledBytes(int capacity) : Stream
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        buffer.CopyTo(Take(buffer.Length));
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Makes room and counts it as written.</summary>
    public Span<byte> Take(int count)
    {
        var length = checked(_length + count);
        if (length > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        var taken = _bytes.AsSpan(_length, count);
        _length = length;
        return taken;
    }

    /// <summary>Gives the array back to the pool; nothing may be written or read after.</summary>
    public void Return()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    public override void Flush()
    {
        // Everything is where it belongs.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
