using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MongoDB.Bson;

namespace Postrider.Tests.Destinations.MongoDb.Wire;

/// <summary>A MongoDB server as far as drivers can tell: a standalone one in memory, whose failures are made to order.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, Task> _connections = new();
    private readonly Lock _lock = new();
    private readonly List<WireFault> _faults = [];
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly Task _accepting;

    public WireServer()
    {
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public WireCommands Commands { get; } = new();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Connection => $"mongodb://127.0.0.1:{Port}/";

    /// <summary>The names of all commands so far, handshakes included.</summary>
    public IReadOnlyCollection<string> Seen => _seen;

    /// <summary>How often a command has come.</summary>
    public int CountOf(string command) => _seen.Count(name => name == command);

    /// <summary>Strikes the next commands of its name; several stand in line.</summary>
    public void Plan(WireFault fault)
    {
        lock (_lock)
        {
            _faults.Add(fault);
        }
    }

    /// <summary>Strikes no more.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                client.NoDelay = true;
                _connections[client] = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                while (await WireMessage.ReadAsync(stream, _stop.Token) is { } message && await AnswerAsync(message) is { } reply)
                {
                    await stream.WriteAsync(message.Answer(reply), _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The driver closed it, or the server was stopped.
        }
        finally
        {
            _connections.TryRemove(client, out _);
        }
    }

    // Null: the connection is cut without an answer.
    private async Task<BsonDocument?> AnswerAsync(WireMessage message)
    {
        var name = message.Body.GetElement(0).Name;
        _seen.Enqueue(name);
        var fault = FaultFor(name);
        if (fault?.Until is { } until)
        {
            await until.WaitAsync(_stop.Token);
        }

        if (fault?.Answer is { } answer)
        {
            return answer;
        }

        var reply = Commands.Run(message, fault?.CutAfter ?? int.MaxValue);
        if (fault?.CutAfter is not null)
        {
            return null;
        }

        return fault?.WriteConcernError is { } concern ? reply.Add("writeConcernError", concern) : reply;
    }

    private WireFault? FaultFor(string command)
    {
        lock (_lock)
        {
            var at = _faults.FindIndex(fault => fault.Command == command);
            if (at < 0)
            {
                return null;
            }

            var fault = _faults[at];
            if (fault.Times > 1)
            {
                _faults[at] = fault with { Times = fault.Times - 1 };
            }
            else
            {
                _faults.RemoveAt(at);
            }

            return fault;
        }
    }
}
