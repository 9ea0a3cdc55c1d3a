using System.Net;
using System.Net.Sockets;

namespace Postrider.Tests.Log.Redis;

/// <summary>Stands between log and Redis, and asks before it hands on a piece.</summary>
/// <param name="target">The port of Redis.</param>
/// <param name="passes">Whether a piece (true: of an answer) is handed on; false cuts its connection.</param>
internal sealed class LineProxy(int target, Func<bool, ReadOnlyMemory<byte>, ValueTask<bool>> passes) : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Start()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, target);
                _ = ForwardAsync(client, server, answers: false);
                _ = ForwardAsync(server, client, answers: true);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ForwardAsync(TcpClient from, TcpClient to, bool answers)
    {
        try
        {
            var buffer = new byte[64 << 10];
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var read && await passes(answers, buffer.AsMemory(0, read)))
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
        }

        from.Dispose();
        to.Dispose();
    }
}
