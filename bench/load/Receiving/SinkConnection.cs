using System.Runtime.InteropServices;
using Postrider.Load.Sockets;

namespace Postrider.Load.Receiving;

/// <summary>One accepted connection of the sink.</summary>
internal sealed class SinkConnection(int fd, Receiver receiver)
{
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(4 * 1024, pinned: true);
    private int _received;

    public int Fd => fd;

    public Receiver Receiver => receiver;

    /// <summary>Reads what came and answers the requests that are whole. False when the connection is to be closed.</summary>
    public bool Serve(long now)
    {
        var count = Libc.Receive(fd, _buffer.AsSpan(_received));
        if (count <= 0)
        {
            return count < 0 && Marshal.GetLastPInvokeError() is Libc.TryAgain or Libc.Interrupted;
        }

        _received += count;
        while (_received > 0)
        {
            var length = HttpMessage.Measure(_buffer.AsSpan(0, _received), out var bodyOffset);
            if (length == HttpMessage.Unreadable)
            {
                return false;
            }

            if (length == 0)
            {
                GrowWhenFull();
                return true;
            }

            if (!Answer(_buffer.AsSpan(0, length), bodyOffset, now))
            {
                return false;
            }

            _received -= length;
            _buffer.AsSpan(length, _received).CopyTo(_buffer);
        }

        return true;
    }

    private bool Answer(ReadOnlySpan<byte> request, int bodyOffset, long now)
    {
        var isSigned = HttpMessage.HasHeader(request[..bodyOffset], "\r\nwebhook-signature:"u8);
        var answer = receiver.Take(request, bodyOffset, isSigned, now) switch
        {
            200 => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8,
            500 => "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"u8,
            503 => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"u8,
            _ => default,
        };
        return answer.IsEmpty || Libc.Send(fd, answer) == answer.Length;
    }

    private void GrowWhenFull()
    {
        if (_received == _buffer.Length)
        {
            var larger = GC.AllocateUninitializedArray<byte>(_buffer.Length * 2, pinned: true);
            _buffer.CopyTo(larger, 0);
            _buffer = larger;
        }
    }
}
