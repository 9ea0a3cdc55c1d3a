using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Postrider.FunctionalTests.Promises;

/// <summary>Publishes many events over one connection, several requests ahead of their answers: a client that leaves the processor to the server.</summary>
internal static class PipeliningClient
{
    private const int Ahead = 32;

    private static readonly byte[] AnswerEnd = Encoding.ASCII.GetBytes("""{"success":true,"message":"Event published successfully."}""");

    /// <summary>Publishes so many events of the user, numbered from 1; all must be accepted.</summary>
    public static async Task PublishAsync(Uri gateway, string user, int events, string filler, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway.Host, gateway.Port, cancellationToken);
        var buffer = new byte[64 * 1024];
        for (var number = 1; number <= events; number += Ahead)
        {
            var count = Math.Min(Ahead, events - number + 1);
            await socket.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(number, count).Select(n => Request(gateway, user, n, filler)))), cancellationToken);
            await ReadAnswersAsync(socket, buffer, count, cancellationToken);
        }
    }

    private static string Request(Uri gateway, string user, int number, string filler)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"userId":"{{user}}","payload":{{number}},"filler":"{{filler}}"}""");
        return string.Create(CultureInfo.InvariantCulture, $"POST /publish HTTP/1.1\r\nHost: {gateway.Authority}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private static async Task ReadAnswersAsync(Socket socket, byte[] buffer, int count, CancellationToken cancellationToken)
    {
        var filled = 0;
        for (var answers = 0; answers < count;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(filled), cancellationToken);
            Assert.True(read > 0, $"The connection ended after {answers} of {count} answers.");
            filled += read;
            var text = Encoding.ASCII.GetString(buffer, 0, filled);
            Assert.False(text.Contains("\"success\":false", StringComparison.Ordinal), text);
            var consumed = 0;
            for (int end; (end = buffer.AsSpan(consumed, filled - consumed).IndexOf(AnswerEnd)) >= 0;)
            {
                consumed += end + AnswerEnd.Length;
                answers++;
            }

            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            filled -= consumed;
        }
    }
}
