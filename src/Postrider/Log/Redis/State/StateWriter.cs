using System.Buffers.Binary;
using System.Text;

namespace Postrider.Log.Redis;

/// <summary>Packs fields into bytes, high bytes first: what is sorted as bytes is then sorted as numbers.</summary>
internal sealed class StateWriter
{
    private byte[] _bytes = new byte[96];
    private int _used;

    public StateWriter Byte(int value)
    {
        Room(1)[0] = checked((byte)value);
        return this;
    }

    public StateWriter Number(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Room(sizeof(ulong)), value);
        return this;
    }

    /// <summary>Not negative, so that scripts can tell its order.</summary>
    public StateWriter Number(long value) => Number(checked((ulong)value));

    public StateWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), value);
        return this;
    }

    public StateWriter Time(DateTimeOffset value) => Number(StateTime.Of(value));

    /// <summary>A text of at most 65,535 bytes, its length before it.</summary>
    public StateWriter Text(string? text)
    {
        var length = Encoding.UTF8.GetByteCount(text ?? "");
        BinaryPrimitives.WriteUInt16BigEndian(Room(sizeof(ushort)), checked((ushort)length));
        Encoding.UTF8.GetBytes(text ?? "", Room(length));
        return this;
    }

    /// <summary>A text of any length, its length before it.</summary>
    public StateWriter LongText(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public StateWriter Bytes(ReadOnlySpan<byte> bytes) => Int(bytes.Length).Rest(bytes);

    /// <summary>Bytes without their length: nothing can follow.</summary>
    public StateWriter Rest(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        return this;
    }

    public StateWriter Rest(string text) => Rest(Encoding.UTF8.GetBytes(text));

    public byte[] ToArray() => _bytes.AsSpan(0, _used).ToArray();

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - _used < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + length));
        }

        _used += length;
        return _bytes.AsSpan(_used - length, length);
    }
}
