using System.Net;
using System.Net.Sockets;

namespace Postrider.Tests.Log.Redis;

/// <summary>Stands between log and Redis, and loses answers: while <see cref="LosesAnswers"/>, a request is forwarded and its connection cut when Redis answers.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public volatile bool LosesAnswers;

    private int _lost;

    /// <summary>Answers that Redis gave to an append and nobody heard.</summary>
    public int Lost => Volatile.Read(ref _lost);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _target);
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
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var read)
            {
                // What append.lua answers; the rest may pass, so that the connection comes back.
                if (answers && LosesAnswers && buffer.AsSpan(0, read).IndexOf("stored"u8) >= 0)
                {
                    LosesAnswers = false;
                    Interlocked.Increment(ref _lost);
                    break;
                }

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
