using System.Text;

namespace Postrider.Journal;

/// <summary>Reads stored attempts one after the other, as bytes until one is wanted as an object.</summary>
internal ref struct AttemptReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private long _at;
    private int _outcome;
    private long _number;
    private long _micros;
    private long _status;
    private long _next;
    private ReadOnlySpan<byte> _key;
    private ReadOnlySpan<byte> _type;
    private ReadOnlySpan<byte> _class;
    private ReadOnlySpan<byte> _message;
    private ReadOnlySpan<byte> _answer;

    public ReadOnlySpan<byte> Destination { get; private set; }

    public ReadOnlySpan<byte> EventId { get; private set; }

    public readonly bool Delivered => _outcome == 0;

    /// <summary>Goes to the next; false: there is none.</summary>
    /// <exception cref="InvalidDataException">The bytes are no attempts.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        _at = Varint.Read(ref _rest);
        _outcome = (int)Varint.Read(ref _rest);
        _number = Varint.Read(ref _rest);
        _micros = Varint.Read(ref _rest);
        _status = Varint.Read(ref _rest);
        _next = Varint.Read(ref _rest);
        Destination = Take();
        EventId = Take();
        _key = Take();
        _type = Take();
        _class = Take();
        _message = Take();
        _answer = Take();
        return _outcome < EndedAttempt.Outcomes.Length ? true : throw new InvalidDataException("An attempt of the journal has an unknown outcome.");
    }

    public readonly EndedAttempt Read() => new()
    {
        At = DateTimeOffset.FromUnixTimeMilliseconds(_at),
        Destination = Encoding.UTF8.GetString(Destination),
        EventId = Encoding.UTF8.GetString(EventId),
        Key = Text(_key),
        Type = Text(_type),
        Number = (int)_number,
        Outcome = EndedAttempt.Outcomes[_outcome],
        Status = _status == 0 ? null : (int)(_status - 1),
        ErrorClass = Text(_class),
        Message = Text(_message),
        Answer = _answer.ToArray(),
        Duration = TimeSpan.FromMicroseconds(_micros),
        NextAttempt = _next == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(_next),
    };

    private static string? Text(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes);

    private ReadOnlySpan<byte> Take()
    {
        var length = Varint.Read(ref _rest);
        if (length > _rest.Length)
        {
            throw new InvalidDataException("An attempt of the journal is cut short.");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
