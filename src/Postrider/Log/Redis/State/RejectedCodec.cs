namespace Postrider.Log.Redis;

/// <summary>Rejected ingest: an entry of a sorted set (number, at, source), and its reason and body apart.</summary>
internal static class RejectedCodec
{
    public const int MaxBodyBytes = 32 << 10;

    public static byte[] Entry(RejectedIngest rejected) => new StateWriter().Time(rejected.At).Rest(rejected.Source).ToArray();

    public static byte[] Body(RejectedIngest rejected) =>
        new StateWriter().LongText(rejected.Reason).Rest(rejected.Body.Span[..Math.Min(rejected.Body.Length, MaxBodyBytes)]).ToArray();

    public static RejectedIngest Read(byte[] member, byte[] body)
    {
        var entry = new StateReader(member);
        var rest = new StateReader(body);
        var (number, at) = (entry.Number(), entry.Time());
        var reason = rest.LongText();
        return new RejectedIngest(number, entry.RestText(), at, reason, rest.Rest().ToArray());
    }
}
