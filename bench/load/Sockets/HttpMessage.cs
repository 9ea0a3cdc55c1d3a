using System.Buffers.Text;

namespace Postrider.Load.Sockets;

/// <summary>Finds the end of an HTTP/1.1 message in a buffer.</summary>
internal static class HttpMessage
{
    /// <summary>The message cannot be delimited by its Content-Length.</summary>
    public const int Unreadable = -1;

    /// <summary>
    /// The whole message's length when all of it is there, 0 while more must be read, <see cref="Unreadable"/>
    /// when it is chunked in a way that cannot be followed.
    /// </summary>
    public static int Measure(ReadOnlySpan<byte> received, out int bodyOffset)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        bodyOffset = end + 4;
        if (end < 0)
        {
            return 0;
        }

        var headers = received[..(end + 2)];
        if (FindHeader(headers, "\r\nContent-Length:"u8) is { IsEmpty: false } value)
        {
            return Utf8Parser.TryParse(value, out int length, out _)
                ? (received.Length >= bodyOffset + length ? bodyOffset + length : 0)
                : Unreadable;
        }

        if (FindHeader(headers, "\r\nTransfer-Encoding:"u8).IsEmpty)
        {
            return bodyOffset;
        }

        // Peers here never pipeline, so a chunked message ends with what was received.
        return received.EndsWith("0\r\n\r\n"u8) ? received.Length : 0;
    }

    public static int Status(ReadOnlySpan<byte> answer) =>
        answer.Length > 12 && Utf8Parser.TryParse(answer[9..12], out int status, out _) ? status : 0;

    public static bool HasHeader(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> lineBreakNameColon) =>
        !FindHeader(headers, lineBreakNameColon).IsEmpty;

    private static ReadOnlySpan<byte> FindHeader(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> lineBreakNameColon)
    {
        var at = headers.IndexOf(lineBreakNameColon);
        if (at < 0)
        {
            at = FindIgnoringCase(headers, lineBreakNameColon);
        }

        return at < 0 ? default : headers[(at + lineBreakNameColon.Length)..].TrimStart((byte)' ');
    }

    private static int FindIgnoringCase(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> lineBreakNameColon)
    {
        var from = 0;
        while (headers[from..].IndexOf("\r\n"u8) is >= 0 and var step)
        {
            from += step;
            if (headers.Length - from >= lineBreakNameColon.Length
                && System.Text.Ascii.EqualsIgnoreCase(headers.Slice(from, lineBreakNameColon.Length), lineBreakNameColon))
            {
                return from;
            }

            from += 2;
        }

        return -1;
    }
}
