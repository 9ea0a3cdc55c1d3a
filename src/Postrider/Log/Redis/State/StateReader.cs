using System.Buffers.Binary;
using System.Text;

namespace Postrider.Log.Redis;

/// <summary>Reads what <see cref="StateWriter"/> packed.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public int Byte() => Take(1)[0];

    public ulong UnsignedNumber() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    public long Number() => checked((long)UnsignedNumber());

    public int Int() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    public DateTimeOffset Time() => StateTime.From(Number());

    public string Text() => Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)))));

    public string LongText() => Encoding.UTF8.GetString(Bytes());

    public ReadOnlySpan<byte> Bytes() => Take(Int());

    public ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    public string RestText() => Encoding.UTF8.GetString(Rest());

    private ReadOnlySpan<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
