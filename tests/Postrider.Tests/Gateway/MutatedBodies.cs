using System.Text;
using CsCheck;

namespace Postrider.Tests.Gateway;

/// <summary>Bodies from good to garbage: put together from tempting pieces, then bytes flipped, cut, doubled or inserted.</summary>
internal static class MutatedBodies
{
    private static readonly Gen<string> Name = OneOf(
        "userId", "payload", "destinations", "user\\u0049d", "\\u0070ayload", "userid", "x", "\\ud800", "user\\nd", "ä", "");

    private static readonly Gen<string> Scalar = OneOf(
        "null", "true", "1", "1.0", "-0", "1e400", "\"\"", "\"u1\"", "\"\\u0075\"", "\"\\ud83d\\ude00\"", "\"\\udc00\"", "\"ä€😀\"", "\"\\\\\\\"\"", "[]", "{}",
        "[\"crm\"]", "[\"crm\",1]", "[[[]]]", "{\"userId\":7,\"payload\":8}");

    private static readonly Gen<string> Space = OneOf("", "", "", " ", "\r\n", "\t");

    private static readonly Gen<string> Member =
        Gen.Select(Name, Space, Scalar, Space, (name, before, value, after) => $"\"{name}\"{before}:{before}{value}{after}");

    private static readonly Gen<byte[]> Document =
        Gen.Select(Gen.Bool, Member.Array[0, 5], OneOf("", "", "", "\uFEFF", " "), (isUseful, members, start) =>
            Encoding.UTF8.GetBytes($"{start}{{{string.Join(',', isUseful ? [.. members, "\"userId\":\"k\"", "\"payload\":[1,{\"a\":null}]"] : members)}}}"));

    private static readonly Gen<Func<byte[], byte[]>> Mutation =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 1000], Gen.Byte, OneOf((byte)'"', (byte)'{', (byte)'}', (byte)',', (byte)'\\', (byte)0xC3))
            .Select((kind, where, any, structural) => (Func<byte[], byte[]>)(body => Mutate(body, kind, where % (body.Length + 1), any, structural)));

    public static readonly Gen<byte[]> Any = Gen.Select(
        Document, Mutation.Array[0, 3], (document, mutations) => mutations.Aggregate(document, (body, mutate) => mutate(body)));

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static byte[] Mutate(byte[] body, int kind, int where, byte any, byte structural) => kind switch
    {
        0 => body[..where],
        1 => [.. body[..where], any, .. body[where..]],
        2 => [.. body[..where], structural, .. body[where..]],
        3 => where == body.Length ? body : [.. body[..where], structural, .. body[(where + 1)..]],
        4 => where == body.Length ? body : [.. body[..where], .. body[(where + 1)..]],
        _ => [.. body[..where], .. body],
    };
}
