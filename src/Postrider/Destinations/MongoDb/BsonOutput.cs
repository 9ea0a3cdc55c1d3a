using System.Buffers;
using System.Buffers.Binary;

namespace Postrider.Destinations.MongoDb;

/// <summary>A growing buffer from the pool for BSON. The owner disposes it when nobody reads it any more.</summary>
internal sealed class BsonOutput(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    /// <summary>The array beneath, of which <see cref="Length"/> bytes are written.</summary>
    public byte[] Array => _bytes;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void WriteByte(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>An element's type and name.</summary>
    public void WriteElement(BsonKind kind, ReadOnlySpan<byte> name)
    {
        WriteByte((byte)kind);
        Write(name);
        WriteByte(0);
    }

    /// <summary>An element whose name is an array's index.</summary>
    public void WriteElement(BsonKind kind, int index)
    {
        WriteByte((byte)kind);
        Ensure(11);
        System.Buffers.Text.Utf8Formatter.TryFormat(index, _bytes.AsSpan(Length), out var written);
        Length += written;
        WriteByte(0);
    }

    /// <summary>A string's value: length, bytes, NUL.</summary>
    public void WriteString(ReadOnlySpan<byte> utf8)
    {
        WriteInt32(utf8.Length + 1);
        Write(utf8);
        WriteByte(0);
    }

    public void WriteString(string text)
    {
        var count = System.Text.Encoding.UTF8.GetByteCount(text);
        WriteInt32(count + 1);
        System.Text.Encoding.UTF8.GetBytes(text, Take(count));
        WriteByte(0);
    }

    /// <summary>Begins a document or array; its start is what <see cref="End"/> takes.</summary>
    public int Begin()
    {
        WriteInt32(0);
        return Length - sizeof(int);
    }

    public void End(int start)
    {
        WriteByte(0);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start), Length - start);
    }

    public void SetByte(int at, byte value) => _bytes[at] = value;

    /// <summary>Forgets what stands from here to the end.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Takes a part out of the middle.</summary>
    public void Cut(int from, int to)
    {
        _bytes.AsSpan(to, Length - to).CopyTo(_bytes.AsSpan(from));
        Length -= to - from;
    }

    /// <summary>Room for the next bytes; they count as written.</summary>
    public Span<byte> Take(int count)
    {
        Ensure(count);
        var span = _bytes.AsSpan(Length, count);
        Length += count;
        return span;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Ensure(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Grow(count);
        }
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + count));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
