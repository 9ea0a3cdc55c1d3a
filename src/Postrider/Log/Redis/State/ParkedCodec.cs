using System.Text;

namespace Postrider.Log.Redis;

/// <summary>Parked events as members of a set sorted by bytes: name, a zero byte, then the place (lane, after, turn, position) and the details.</summary>
internal static class ParkedCodec
{
    /// <summary>Lane, after, turn, position.</summary>
    public const int PlaceLength = 32;

    /// <summary>Due and lane.</summary>
    public const int DueLength = 16;

    private const int HasFirstAttempt = 1;
    private const int HasError = 2;
    private const int HasStatus = 4;

    public static byte[] Place(LaneId lane, ParkedPlace place) =>
        new StateWriter().Number(lane.Value).Number(place.After).Number(place.Turn).Number(place.Position).ToArray();

    public static byte[] Lane(LaneId lane) => new StateWriter().Number(lane.Value).ToArray();

    /// <summary>The first byte is never 255: what scripts append to a place to find it stands behind every detail.</summary>
    public static byte[] Details(ParkedEvent parked)
    {
        var flags = (parked.FirstAttempt is null ? 0 : HasFirstAttempt) | (parked.LastError is null ? 0 : HasError) | (parked.LastError?.Status is null ? 0 : HasStatus);
        var writer = new StateWriter().Byte(flags).Int(parked.Attempts).Time(parked.ParkedAt);
        if (parked.FirstAttempt is { } first)
        {
            writer.Time(first);
        }

        if (parked.LastError is { } error)
        {
            writer.Text(error.Class).LongText(error.Message);
            if (error.Status is { } status)
            {
                writer.Int(status);
            }
        }

        return writer.ToArray();
    }

    public static ParkedEvent Read(string destination, byte[] member)
    {
        var reader = new StateReader(member.AsSpan(PrefixLength(destination)));
        var lane = new LaneId(reader.UnsignedNumber());
        var (after, turn, position) = (reader.Number(), reader.Number(), reader.Number());
        var flags = reader.Byte();
        var (attempts, parkedAt) = (reader.Int(), reader.Time());
        DateTimeOffset? first = (flags & HasFirstAttempt) != 0 ? reader.Time() : null;
        AttemptError? error = null;
        if ((flags & HasError) != 0)
        {
            var (kind, message) = (reader.Text(), reader.LongText());
            error = new AttemptError(kind, (flags & HasStatus) != 0 ? reader.Int() : null, message);
        }

        return new ParkedEvent(lane, after, position, attempts, parkedAt, first, error, turn);
    }

    /// <summary>A member of the set of due lanes: name, a zero byte, due, lane.</summary>
    public static ParkedLane ReadDue(string destination, byte[] member)
    {
        var reader = new StateReader(member.AsSpan(PrefixLength(destination)));
        var due = reader.Time();
        return new ParkedLane(new LaneId(reader.UnsignedNumber()), due);
    }

    public static byte[] Prefix(string destination) => [.. Encoding.UTF8.GetBytes(destination), 0];

    private static int PrefixLength(string destination) => Encoding.UTF8.GetByteCount(destination) + 1;
}
