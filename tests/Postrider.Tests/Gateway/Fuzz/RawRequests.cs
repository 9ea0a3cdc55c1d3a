using System.Globalization;
using System.Text;

namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>Bytes on a line that look like requests up to some point: broken framing, half requests, bad chunks, two requests in one.</summary>
internal static class RawRequests
{
    private static readonly string[] Bodies =
    [
        """{"userId":1,"payload":2}""", """{"specversion":"1.0","type":"t","source":"s","id":"1"}""", """{"x":1}""", "", "{", "\u0000",
    ];

    // Where each of the first of these bodies is taken.
    private static readonly string[] Good = ["/publish", "/webhook/open", "/webhook/open"];

    private static readonly string[] Paths = ["/publish", "/publish", "/events", "/webhook/open", "/v1/track?writeKey=wk_strict", "/pixel/v1/track?userId=1", "/", "*", "/%"];
    private static readonly string[] Methods = ["POST", "POST", "POST", "GET", "OPTIONS", "HEAD", "PUT", "\u0001"];
    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", ""];

    private static readonly string[] Headers =
    [
        "Content-Type: application/cloudevents+json", "Content-Encoding: gzip", "Expect: 100-continue", "Connection: close", "Connection: upgrade", "Origin: null", "Idempotency-Key:", ": x", "x",
        "Transfer-Encoding: gzip, chunked", "Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: 5", "Host: y", " folded", "X: \u00ff\u0000",
    ];

    /// <summary>What of it may be stored: whatever is whole, and nothing else.</summary>
    public static IReadOnlyCollection<string> Storable => Bodies;

    public static byte[] Next(Random random)
    {
        var bytes = new List<byte>();
        for (var requests = random.Next(1, 4); requests > 0; requests--)
        {
            bytes.AddRange(One(random));
        }

        if (random.Next(3) == 0)
        {
            bytes = bytes[..random.Next(bytes.Count + 1)];
        }

        // In the first head: a changed body would be another body.
        if (random.Next(6) == 0 && Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var head)
        {
            bytes[random.Next(head)] = (byte)random.Next(256);
        }

        return [.. bytes];
    }

    private static byte[] One(Random random)
    {
        // Most are whole but for their framing.
        var isGood = random.Next(3) > 0;
        var kind = random.Next(Good.Length);
        var body = isGood ? Bodies[kind] : Pick(random, Bodies);
        var head = new StringBuilder(isGood
            ? $"POST {Good[kind]} HTTP/1.1\r\nHost: x\r\n"
            : $"{Pick(random, Methods)} {Pick(random, Paths)} {Pick(random, Versions)}\r\nHost: x\r\n");
        for (var headers = isGood ? random.Next(6) / 5 : random.Next(3); headers > 0; headers--)
        {
            head.Append(Pick(random, Headers)).Append("\r\n");
        }

        switch (random.Next(5))
        {
            case 0 or 1:
                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
                break;
            case 2:
                head.Append(CultureInfo.InvariantCulture, $"Transfer-Encoding: chunked\r\n\r\n{Chunks(random, body)}");
                break;
            case 3:
                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body) + random.Next(1, 9)}\r\n\r\n{body}");
                break;
            default:
                head.Append(CultureInfo.InvariantCulture, $"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n{Chunks(random, body)}");
                break;
        }

        return Encoding.Latin1.GetBytes(head.ToString());
    }

    // Whole, or with a wrong size, a wrong end, an extension, or none.
    private static string Chunks(Random random, string body) => random.Next(6) switch
    {
        0 => $"zz\r\n{body}\r\n0\r\n\r\n",
        1 => string.Create(CultureInfo.InvariantCulture, $"{body.Length + 1:x}\r\n{body}\r\n0\r\n\r\n"),
        2 => string.Create(CultureInfo.InvariantCulture, $"{body.Length:x};a=b\r\n{body}\r\n0\r\nTrailer: x\r\n\r\n"),
        3 => $"ffffffffffffffff\r\n{body}",
        4 when body.Length > 1 => string.Create(CultureInfo.InvariantCulture, $"1\r\n{body[0]}\r\n{body.Length - 1:x}\r\n{body[1..]}\r\n0\r\n\r\n"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{body.Length:x}\r\n{body}\r\n"),
    };

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];
}
