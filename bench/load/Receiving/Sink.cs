using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Postrider.Load.Sockets;

namespace Postrider.Load.Receiving;

/// <summary>Webhook receivers on one thread: each has its own port, so that each can be down by itself.</summary>
internal sealed class Sink : IDisposable
{
    // Tokens: listeners are -1, -2 …; connections are their descriptors.
    private readonly Epoll _epoll = new();
    private readonly Dictionary<int, SinkConnection> _connections = [];
    private readonly ConcurrentQueue<Action> _asked = new();
    private readonly Socket?[] _listeners;
    private readonly Thread _thread;
    private volatile bool _stopping;

    public Sink(int receivers, int users, IReadOnlyList<int>? ports = null)
    {
        Receivers = [.. Enumerable.Range(0, receivers).Select(_ => new Receiver(users))];
        Ports = new int[receivers];
        _listeners = new Socket?[receivers];
        for (var i = 0; i < receivers; i++)
        {
            Ports[i] = ports?[i] ?? 0;
            Listen(i);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "sink" };
        _thread.Start();
    }

    public IReadOnlyList<Receiver> Receivers { get; }

    public int[] Ports { get; }

    public Uri UrlOf(int receiver) => new($"http://127.0.0.1:{Ports[receiver]}/webhook{receiver + 1}");

    public Task SetModeAsync(int receiver, ReceiverMode mode) =>
        AskAsync(() =>
        {
            SetMode(receiver, mode);
            return true;
        });

    /// <summary>Runs the question on the sink's thread, which owns all that is counted.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception exception) when (exception is SocketException or InvalidOperationException)
            {
                answer.SetException(exception);
            }
        });
        return answer.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        foreach (var fd in _connections.Keys)
        {
            _ = Libc.Close(fd);
        }

        foreach (var listener in _listeners)
        {
            listener?.Dispose();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            var ready = _epoll.Wait(20);
            for (var i = 0; i < ready; i++)
            {
                var token = _epoll.Token(i);
                if (token < 0)
                {
                    Accept(-1 - token);
                }
                else if (_connections.TryGetValue(token, out var connection) && !connection.Serve(Stopwatch.GetTimestamp()))
                {
                    Close(connection);
                }
            }

            while (_asked.TryDequeue(out var question))
            {
                question();
            }
        }
    }

    private void SetMode(int receiver, ReceiverMode mode)
    {
        Receivers[receiver].Mode = mode;
        if (mode == ReceiverMode.Down)
        {
            if (_listeners[receiver] is { } listener)
            {
                _epoll.Forget((int)listener.Handle);
                listener.Dispose();
                _listeners[receiver] = null;
            }

            foreach (var connection in _connections.Values.Where(each => each.Receiver == Receivers[receiver]).ToArray())
            {
                Close(connection);
            }
        }
        else if (_listeners[receiver] is null)
        {
            Listen(receiver);
        }
    }

    private void Listen(int receiver)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Ports[receiver]));
        listener.Listen(512);
        listener.Blocking = false;
        Ports[receiver] = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _listeners[receiver] = listener;
        _epoll.Watch((int)listener.Handle, -1 - receiver);
    }

    private void Accept(int receiver)
    {
        while (_listeners[receiver] is { } listener && Libc.Accept((int)listener.Handle) is >= 0 and var fd)
        {
            _connections[fd] = new SinkConnection(fd, Receivers[receiver]);
            _epoll.Watch(fd, fd);
        }
    }

    private void Close(SinkConnection connection)
    {
        _connections.Remove(connection.Fd);
        _ = Libc.Close(connection.Fd);
    }
}
