using System.Buffers.Binary;
using System.Text;

namespace Postrider.FunctionalTests.Telemetry;

/// <summary>A field of a message in protobuf's wire format: enough of it to read what OTLP sends.</summary>
internal readonly record struct ProtoField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Length = 2;
    private const int Fixed32 = 5;

    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public string Hex => Convert.ToHexStringLower(Bytes.Span);

    /// <summary>The fields of a message, in their order.</summary>
    public static List<ProtoField> Read(ReadOnlyMemory<byte> message)
    {
        var fields = new List<ProtoField>();
        while (!message.IsEmpty)
        {
            var tag = ReadVarint(ref message);
            fields.Add(ReadValue((int)(tag >> 3), (int)(tag & 7), ref message));
        }

        return fields;
    }

    private static ProtoField ReadValue(int number, int wireType, ref ReadOnlyMemory<byte> message)
    {
        switch (wireType)
        {
            case Varint:
                return new ProtoField(number, ReadVarint(ref message), default);
            case Fixed64:
                return new ProtoField(number, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref message, 8).Span), default);
            case Length:
                return new ProtoField(number, 0, Take(ref message, (int)ReadVarint(ref message)));
            case Fixed32:
                return new ProtoField(number, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref message, 4).Span), default);
            default:
                throw new InvalidDataException($"Wire type {wireType} is none of these.");
        }
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> message, int length)
    {
        var taken = message[..length];
        message = message[length..];
        return taken;
    }

    private static ulong ReadVarint(ref ReadOnlyMemory<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(ref message, 1).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
