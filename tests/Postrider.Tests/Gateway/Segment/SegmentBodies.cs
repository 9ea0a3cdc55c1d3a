using System.Text;
using CsCheck;

namespace Postrider.Tests.Gateway.Segment;

/// <summary>Events and batches from good to garbage, put together from tempting pieces.</summary>
internal static class SegmentBodies
{
    private static readonly Gen<string> Name = MutatedBodies.OneOf(
        "userId", "anonymousId", "user\\u0049d", "type", "messageId", "sentAt", "originalTimestamp", "timestamp", "time\\u0073tamp", "receivedAt", "request_ip",
        "request\\u005fip", "rudderId", "context", "integrations", "properties", "_metadata", "x", "\\ud800", "ä", "");

    private static readonly Gen<string> Value = MutatedBodies.OneOf(
        "null", "true", "1", "-0", "1e400", "\"\"", "\" \"", "\"u1\"", "\"\\u0075\"", "\"track\"", "\"tr\\u0061ck\"", "\"\\udc00\"", "\"ä€😀\"", "[]", "{}", "[[{\"userId\":1}]]",
        "{\"a\":1,\"b\":{\"c\":[]}}", "{\"\\u0061\":2}", "{\"userId\":7}", "\"2026-01-31T07:59:00Z\"", "\"2026-01-31T06:00:00.5+02:00\"", "\"2020-02-30T00:00:00Z\"",
        "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"2027-01-31\"", "1769846400000", "\"2026-01-31\\ud800\"", "\"2026-01-31T07:00:00Z\\udc00\"", "\"2026-01-31T07:00:00\\u005a\"", Nested(61), Nested(62), Nested(63), Nested(64));

    private static readonly Gen<string> Space = MutatedBodies.OneOf("", "", "", " ", "\r\n", "\t");

    private static readonly Gen<string> Member =
        Gen.Select(Name, Space, Value, Space, (name, before, value, after) => $"{before}\"{name}\"{after}:{before}{value}{after}");

    private static readonly Gen<string> Event =
        Gen.Select(Gen.Int[0, 9], Member.Array[0, 6], Space, (good, members, space) => good switch
        {
            0 => $"{{{space}{string.Join(',', members)}}}",
            1 => "[1]",
            _ => $"{{{string.Join(',', [.. members[..(members.Length / 2)], "\"userId\":\"k\"", "\"type\":\"t\"", .. members[(members.Length / 2)..]])}{space}}}",
        });

    private static readonly Gen<string> RootMember = Gen.OneOf(
        Member,
        MutatedBodies.OneOf(
            "\"sentAt\":\"2026-01-31T07:00:00Z\"", "\"sentAt\":\"2026-01-31T07:59:59Z\"", "\"context\":{\"a\":9,\"z\":[1, 2],\"a\":8}", "\"context\":{}", "\"integrations\":{\"All\":false}", "\"sentAt\":\"2026-01-31\\ud800\"", $"\"context\":{{\"a\":{Nested(62)}}}", $"\"context\":{{\"deep\":{Nested(63)}}}", $"\"integrations\":{{\"x\":{Nested(63)}}}",
            "\"batch\":[]", "\"batch\":null"));

    private static readonly Gen<string> Batch =
        Gen.Select(RootMember.Array[0, 3], Event.Array[0, 5], Space, RootMember.Array[0, 3], (before, events, space, after) =>
            $"{{{string.Join(',', [.. before, $"\"batch\":{space}[{string.Join($",{space}", events)}{space}]", .. after])}}}");

    // So many levels.
    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    /// <summary>An event or a batch.</summary>
    public static Gen<byte[]> Of(bool isBatch) => (isBatch ? Batch : Event).Select(Encoding.UTF8.GetBytes);
}
