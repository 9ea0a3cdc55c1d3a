namespace Postrider.Log.Redis;

/// <summary>Ranges given up as members of a set sorted by bytes: name, a zero byte, number, then from, before, events, at and the reason.</summary>
internal static class GivenUpCodec
{
    public static byte[] Write(GivenUpRange range) =>
        new StateWriter().Number(range.From).Number(range.Before).Number(range.Events).Time(range.At).Rest(range.Reason).ToArray();

    public static GivenUpRange Read(string destination, byte[] member)
    {
        var reader = new StateReader(member.AsSpan(ParkedCodec.Prefix(destination).Length));
        var (number, from, before, events, at) = (reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Time());
        return new GivenUpRange(destination, from, before, events, reader.RestText(), at) { Number = number };
    }
}
