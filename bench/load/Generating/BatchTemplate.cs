using System.Globalization;
using System.Text;

namespace Postrider.Load.Generating;

/// <summary>A batch of track events as Segment's SDKs send them: all of one length, so that 14 digits of each make a new batch.</summary>
/// <remarks>
/// The digits, the generator's user and the number of its request, are written once and copied to each event. An event's own user is the
/// generator's and its place in the batch, its <c>messageId</c> all three, so that no two events of a generator are repeats.
/// The times are those of the template's making: a run is shorter than the five minutes from which a clock counts as wrong.
/// </remarks>
internal sealed class BatchTemplate : IRequestTemplate
{
    private const int UserDigits = RequestTemplate.UserDigits;
    private const int SequenceDigits = 9;

    private readonly byte[] _bytes;
    private readonly int _firstUser;
    private readonly int _firstMessage;
    private readonly int _stride;
    private readonly int _events;

    public BatchTemplate(int port, string writeKey, int events, int eventBytes, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var fill = eventBytes - Event(0, time, "").Length;
        if (fill < 0 || events is < 1 or > 1000)
        {
            throw new ArgumentOutOfRangeException(nameof(eventBytes), $"An event of a batch has at least {eventBytes - fill} bytes, a batch 1 to 1,000 events.");
        }

        var padding = new string('x', fill);
        var body = $$"""{"batch":[{{string.Join(',', Enumerable.Range(0, events).Select(place => Event(place, time, padding)))}}],"sentAt":"{{time}}"}""";
        var head = $"POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(writeKey + ":"))}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        _bytes = Encoding.ASCII.GetBytes(head + body);
        _firstUser = _bytes.AsSpan().IndexOf("\"userId\":\"u"u8) + 11;
        _firstMessage = _bytes.AsSpan().IndexOf("\"messageId\":\"m"u8) + 14;
        _stride = eventBytes + 1;
        _events = events;
    }

    public ReadOnlySpan<byte> Fill(int user, int sequence, long time)
    {
        Span<byte> digits = stackalloc byte[UserDigits + SequenceDigits];
        PaddedNumber.Write(digits[..UserDigits], user, (byte)'0');
        PaddedNumber.Write(digits[UserDigits..], sequence, (byte)'0');
        for (var i = 0; i < _events; i++)
        {
            digits[..UserDigits].CopyTo(_bytes.AsSpan(_firstUser + (i * _stride)));
            digits.CopyTo(_bytes.AsSpan(_firstMessage + (i * _stride)));
        }

        return _bytes;
    }

    private static string Event(int place, string time, string fill) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"messageId":"m{{{new string('0', UserDigits + SequenceDigits)}}}-{{{place:D3}}}","type":"track","userId":"u{{{new string('0', UserDigits)}}}-{{{place:D3}}}","event":"Order Completed","timestamp":"{{{time}}}","properties":{"total":12.5,"d":"{{{fill}}}"}}""");
}
