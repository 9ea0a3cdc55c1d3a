using System.Text;

namespace Postrider.Load.Generating;

/// <summary>A publish request in which only the digits change, so that sending one costs a few byte writes.</summary>
/// <remarks>Numbers are padded with the spaces that JSON allows before a value: every request is equally long.</remarks>
internal sealed class RequestTemplate : IRequestTemplate
{
    public const int UserDigits = 5;
    private const int SequenceWidth = 9;
    private const int TimeWidth = 18;

    private readonly byte[] _bytes;
    private readonly int _user;
    private readonly int _sequence;
    private readonly int _time;

    /// <summary>Further headers come as lines, each with its end.</summary>
    public RequestTemplate(int port, int bodyBytes, string headers = "")
    {
        var fill = bodyBytes - Body("").Length;
        if (fill < 0 || bodyBytes > 32 * 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(bodyBytes), "A body has 100 to 32,768 bytes.");
        }

        var body = Body(new string('x', fill));
        var head = $"POST /publish HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        _bytes = Encoding.ASCII.GetBytes(head + body);
        _user = _bytes.AsSpan().IndexOf("\"u0"u8) + 2;
        _sequence = _bytes.AsSpan().IndexOf("\"seq\":"u8) + 6;
        _time = _bytes.AsSpan().IndexOf("\"t\":"u8) + 4;
    }

    /// <summary>The whole request, for those who change more of it.</summary>
    public Span<byte> Bytes => _bytes;

    public ReadOnlySpan<byte> Fill(int user, int sequence, long time)
    {
        PaddedNumber.Write(_bytes.AsSpan(_user, UserDigits), user, (byte)'0');
        PaddedNumber.Write(_bytes.AsSpan(_sequence, SequenceWidth), sequence, (byte)' ');
        PaddedNumber.Write(_bytes.AsSpan(_time, TimeWidth), time, (byte)' ');
        return _bytes;
    }

    private static string Body(string fill) =>
        $$$"""{"userId":"u{{{new string('0', UserDigits)}}}","payload":{"seq":{{{new string(' ', SequenceWidth)}}},"t":{{{new string(' ', TimeWidth)}}},"d":"{{{fill}}}"}}""";
}
