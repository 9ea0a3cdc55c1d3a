using System.Buffers.Binary;
using System.Text;

namespace Postrider.Destinations.MongoDb;

/// <summary>Finds a value in elements that <see cref="JsonToBson"/> wrote.</summary>
internal static class BsonScan
{
    /// <summary>The value at a path of member names; false where there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> elements, ReadOnlySpan<byte[]> path, out BsonKind kind, out ReadOnlySpan<byte> value)
    {
        while (elements.Length > 1)
        {
            kind = (BsonKind)elements[0];
            var nameEnd = elements[1..].IndexOf((byte)0) + 1;
            var name = elements[1..nameEnd];
            var rest = elements[(nameEnd + 1)..];
            value = rest[..LengthOf(kind, rest)];
            if (name.SequenceEqual(path[0]))
            {
                if (path.Length == 1)
                {
                    return true;
                }

                return kind == BsonKind.Document && TryFind(value[sizeof(int)..^1], path[1..], out kind, out value);
            }

            elements = rest[value.Length..];
        }

        kind = default;
        value = default;
        return false;
    }

    public static byte[][] PathOf(string field) => [.. field.Split('.').Select(Encoding.UTF8.GetBytes)];

    private static int LengthOf(BsonKind kind, ReadOnlySpan<byte> value) => kind switch
    {
        BsonKind.Null => 0,
        BsonKind.Boolean => 1,
        BsonKind.Int32 => sizeof(int),
        BsonKind.Int64 or BsonKind.Double or BsonKind.DateTime => sizeof(long),
        BsonKind.Text => sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(value),
        _ => BinaryPrimitives.ReadInt32LittleEndian(value),
    };
}
