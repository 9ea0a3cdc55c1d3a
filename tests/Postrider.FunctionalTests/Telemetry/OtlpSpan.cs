using System.Globalization;

namespace Postrider.FunctionalTests.Telemetry;

/// <summary>A span as a collector got it.</summary>
/// <param name="TraceId">In hexadecimal, as all ids.</param>
/// <param name="SpanId">Its own.</param>
/// <param name="ParentId">Empty: it begins its trace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">2 server, 3 client.</param>
/// <param name="Attributes">Values as text.</param>
/// <param name="Links">Trace and span of each link.</param>
/// <param name="IsError">Its status.</param>
internal sealed record OtlpSpan(
    string TraceId, string SpanId, string ParentId, string Name, int Kind, IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<(string TraceId, string SpanId)> Links, bool IsError)
{
    public const int Server = 2;
    public const int Client = 3;
    private const ulong Error = 2;

    public static OtlpSpan Read(ReadOnlyMemory<byte> message)
    {
        var fields = ProtoField.Read(message);
        return new OtlpSpan(
            Find(fields, 1).Hex, Find(fields, 2).Hex, Find(fields, 4).Hex, Find(fields, 5).Text, (int)Find(fields, 6).Value,
            fields.Where(field => field.Number == 9).Select(field => ReadAttribute(field.Bytes)).ToDictionary(pair => pair.Key, pair => pair.Value),
            [.. fields.Where(field => field.Number == 13).Select(field => ProtoField.Read(field.Bytes)).Select(link => (Find(link, 1).Hex, Find(link, 2).Hex))],
            ProtoField.Read(Find(fields, 15).Bytes).Exists(field => field is { Number: 3, Value: Error }));
    }

    public static KeyValuePair<string, string> ReadAttribute(ReadOnlyMemory<byte> message)
    {
        var fields = ProtoField.Read(message);
        var value = ProtoField.Read(Find(fields, 2).Bytes)[0];
        return new(Find(fields, 1).Text, value.Number == 1 ? value.Text : value.Value.ToString(CultureInfo.InvariantCulture));
    }

    private static ProtoField Find(List<ProtoField> fields, int number) => fields.Find(field => field.Number == number);
}
