using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Postrider.Tests.Destinations.Conformance;

/// <summary>Stands between a driver and a real server, which does not fail to order: hands on, holds back, or cuts.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _host;
    private readonly int _port;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, byte> _clients = new();
    private readonly Task _accepting;
    private volatile bool _cuts;
    private volatile TaskCompletionSource? _holding;

    public TcpRelay(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Hands on from now.</summary>
    public void HandOn()
    {
        _cuts = false;
        Interlocked.Exchange(ref _holding, null)?.TrySetResult();
    }

    /// <summary>Cuts every connection, those that come too.</summary>
    public void Cut()
    {
        _cuts = true;
        foreach (var client in _clients.Keys)
        {
            client.Close();
        }
    }

    /// <summary>Hands nothing on. What is held back is lost: whoever sent it has gone by then.</summary>
    public void Hold() => _holding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask DisposeAsync()
    {
        HandOn();
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        _clients[client] = 0;
        try
        {
            if (!_cuts)
            {
                await server.ConnectAsync(_host, _port, _stop.Token);
                await Task.WhenAny(PumpAsync(client, server, mayHold: true), PumpAsync(server, client, mayHold: false));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // One side has gone, and the other goes with it.
        }
        finally
        {
            _clients.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool mayHold)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            var (source, target) = (from.GetStream(), to.GetStream());
            while (await source.ReadAsync(buffer, _stop.Token) is > 0 and var read)
            {
                if (mayHold && _holding is { } holding)
                {
                    await holding.Task.WaitAsync(_stop.Token);
                    return;
                }

                await target.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // As above.
        }
    }
}
