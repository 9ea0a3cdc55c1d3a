using System.Text;

namespace Postrider.Log.Redis;

/// <summary>
/// Dead letters: what scripts look at stands first (flags, lane, at, class, key, type). As stored, the letter's number stands before it all,
/// and its position in the field's name.
/// </summary>
internal static class LetterCodec
{
    // The first three are known to the scripts.
    private const int Blocking = 1;
    private const int HasKey = 2;
    private const int HasType = 4;
    private const int HasStatus = 8;
    private const int HasFirstAttempt = 16;
    private const int HasLastAttempt = 32;

    public static byte[] Write(DeadLetter letter)
    {
        var flags = (letter.Blocking ? Blocking : 0) | (letter.Key is null ? 0 : HasKey) | (letter.Type is null ? 0 : HasType)
            | (letter.Error.Status is null ? 0 : HasStatus) | (letter.FirstAttempt is null ? 0 : HasFirstAttempt) | (letter.LastAttempt is null ? 0 : HasLastAttempt);
        var writer = new StateWriter()
            .Byte(flags).Number(letter.Lane.Value).Time(letter.At).Text(letter.Class).Text(letter.Key).Text(letter.Type)
            .Text(letter.Error.Class).LongText(letter.Error.Message).Bytes(letter.Answer.Span).Int(letter.Attempts);
        if (letter.Error.Status is { } status)
        {
            writer.Int(status);
        }

        if (letter.FirstAttempt is { } first)
        {
            writer.Time(first);
        }

        if (letter.LastAttempt is { } last)
        {
            writer.Time(last);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a stored letter.</summary>
    /// <param name="place">Its field's name: the destination's, a zero byte, the position.</param>
    /// <param name="stored">Its number and itself.</param>
    public static StoredDeadLetter Read(byte[] place, byte[] stored)
    {
        var end = place.Length - sizeof(long);
        var destination = Encoding.UTF8.GetString(place.AsSpan(0, end - 1));
        var position = new StateReader(place.AsSpan(end)).Number();
        var reader = new StateReader(stored);
        var (number, flags, lane, at) = (reader.Number(), reader.Byte(), new LaneId(reader.UnsignedNumber()), reader.Time());
        var (kind, key, type) = (reader.Text(), reader.Text(), reader.Text());
        var (errorClass, message) = (reader.Text(), reader.LongText());
        var answer = reader.Bytes().ToArray();
        var attempts = reader.Int();
        int? status = (flags & HasStatus) != 0 ? reader.Int() : null;
        DateTimeOffset? first = (flags & HasFirstAttempt) != 0 ? reader.Time() : null;
        DateTimeOffset? last = (flags & HasLastAttempt) != 0 ? reader.Time() : null;
        return new StoredDeadLetter(number, destination, new DeadLetter(
            position, lane, (flags & HasKey) != 0 ? key : null, (flags & HasType) != 0 ? type : null, kind,
            new AttemptError(errorClass, status, message), answer, first, last, attempts, at, (flags & Blocking) != 0));
    }
}
