using System.Net;
using System.Net.Sockets;

namespace Postrider.Tests.Log.Redis.State;

/// <summary>Stands between a client and Redis; cuts the connection when an answer comes that was to be lost.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private int _cuts;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Loses the next answer, and with it the connection.</summary>
    public void CutNextAnswer() => Interlocked.Increment(ref _cuts);

    public bool HasCut => Volatile.Read(ref _cuts) == 0;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>Closes what is open and takes nothing more, as a server that is gone.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                var up = PassAsync(client.GetStream(), server.GetStream(), isAnswer: false, ended);
                var down = PassAsync(server.GetStream(), client.GetStream(), isAnswer: true, ended);
                await Task.WhenAll(up, down);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The test is over, or the server is gone: both ends close.
            }
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, bool isAnswer, CancellationTokenSource ended)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReadAsync(buffer, ended.Token) is > 0 and var read)
            {
                if (isAnswer && Interlocked.CompareExchange(ref _cuts, 0, 1) == 1)
                {
                    break;
                }

                await to.WriteAsync(buffer.AsMemory(0, read), ended.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // One end is gone: the other goes too.
        }

        await ended.CancelAsync();
    }
}
