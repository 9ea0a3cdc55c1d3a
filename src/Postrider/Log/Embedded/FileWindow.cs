using System.Buffers;

namespace Postrider.Log.Embedded;

/// <summary>Reads a segment through one pooled buffer, as if it lay in memory up to <c>end</c>.</summary>
internal sealed class FileWindow(IReadable file, long end, int size = FileWindow.LargeSize) : IDisposable
{
    public const int LargeSize = 1 << 20;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(size);
    private long _start;
    private int _count;

    public long End { get; } = end;

    /// <summary>The bytes from the offset on: <paramref name="count"/>, or fewer where the file ends. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Get(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _count)
        {
            Fill(offset, count);
        }

        var skip = (int)(offset - _start);
        return _buffer.AsSpan(skip, Math.Min(count, _count - skip));
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _count = 0;
    }

    private void Fill(long offset, int count)
    {
        if (count > _buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(count);
        }

        var wanted = (int)Math.Clamp(End - offset, 0, _buffer.Length);
        _start = offset;
        _count = 0;
        _count = file.Read(_buffer.AsSpan(0, wanted), offset);
    }
}
