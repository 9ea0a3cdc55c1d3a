using System.Net;
using System.Net.Sockets;
using Postrider.Load.Sockets;

namespace Postrider.Load.Generating;

/// <summary>One keep-alive connection of the generator, with its one request in flight.</summary>
internal sealed class GeneratorConnection(int port) : IDisposable
{
    private readonly byte[] _answer = GC.AllocateArray<byte>(16 * 1024, pinned: true);
    private Socket? _socket;
    private int _received;
    private byte[] _unsent = [];
    private int _unsentFrom;
    private int _unsentTo;

    public int Fd { get; private set; } = -1;

    public bool InFlight { get; private set; }

    /// <summary>A part of the request waits for room in the socket's buffer.</summary>
    public bool HasUnsent => _unsentFrom < _unsentTo;

    public int User { get; private set; }

    public int Sequence { get; private set; }

    /// <summary>The moment that its latency counts from.</summary>
    public long DueAt { get; private set; }

    /// <summary>The number of requests it has begun.</summary>
    public long Begun { get; private set; }

    public void Connect()
    {
        _socket?.Dispose();
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        Fd = (int)_socket.Handle;
        InFlight = false;
        _received = 0;
        _unsentFrom = _unsentTo = 0;
    }

    /// <summary>False when the connection is gone.</summary>
    public bool Send(ReadOnlySpan<byte> request, int user, int sequence, long dueAt)
    {
        User = user;
        Sequence = sequence;
        DueAt = dueAt;
        Begun++;
        InFlight = true;
        _received = 0;

        // One request is in flight. A small one fits into the empty socket buffer; of a large one the rest is kept,
        // because the template is for the next connection.
        var sent = Libc.Send(Fd, request);
        if (sent < 0)
        {
            return false;
        }

        if (sent < request.Length)
        {
            Keep(request[sent..]);
        }

        return true;
    }

    /// <summary>Sends what has room by now. False when the connection is gone.</summary>
    public bool SendRest()
    {
        var sent = Libc.Send(Fd, _unsent.AsSpan(_unsentFrom, _unsentTo - _unsentFrom));
        if (sent < 0)
        {
            return IsPatient(System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
        }

        _unsentFrom += sent;
        return true;
    }

    /// <summary>Reads what came: the answer's status, 0 while there is more to come, negative when the connection is gone.</summary>
    public int ReadAnswer()
    {
        var count = Libc.Receive(Fd, _answer.AsSpan(_received));
        if (count <= 0)
        {
            return count < 0 && IsPatient(System.Runtime.InteropServices.Marshal.GetLastPInvokeError()) ? 0 : -1;
        }

        _received += count;
        var answer = _answer.AsSpan(0, _received);
        var length = HttpMessage.Measure(answer, out _);
        if (length == 0)
        {
            return _received == _answer.Length ? -1 : 0;
        }

        if (length == HttpMessage.Unreadable)
        {
            return -1;
        }

        InFlight = false;
        return HttpMessage.Status(answer);
    }

    public void Dispose() => _socket?.Dispose();

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (_unsent.Length < rest.Length)
        {
            _unsent = GC.AllocateUninitializedArray<byte>(rest.Length);
        }

        rest.CopyTo(_unsent);
        _unsentFrom = 0;
        _unsentTo = rest.Length;
    }

    private static bool IsPatient(int error) => error is Libc.TryAgain or Libc.Interrupted;
}
