using System.Net;
using System.Net.Sockets;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>
/// The line from one process to one server, which can be cut as a cable is: nothing gets through, nothing is refused, and nobody is told. What was
/// sent meanwhile arrives once the line is mended, as TCP would send it again, whether its sender still waits for an answer or not.
/// </summary>
internal sealed class TcpLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="target">The server's port on the loopback.</param>
    public TcpLine(int target)
    {
        _target = target;
        _whole.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What the process is told in place of the server's own port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Cut() => _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend() => _whole.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new HashSet<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                open.RemoveWhere(served => served.IsCompleted);
                open.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await _whole.Task.WaitAsync(_end.Token);
                await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
                client.NoDelay = server.NoDelay = true;

                // One end that breaks takes the other with it; one that only closes has said all, and may still be answered.
                using var broken = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                await Task.WhenAll(PassAsync(client, server, broken), PassAsync(server, client, broken));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Nobody listens at the other end, or the test is over.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, CancellationTokenSource broken)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer, broken.Token) is > 0 and var read)
            {
                for (var sent = 0; sent < read;)
                {
                    await _whole.Task.WaitAsync(broken.Token);
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), broken.Token);
                }
            }

            await _whole.Task.WaitAsync(broken.Token);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await EndAsync(broken);
        }
    }

    // That one end is gone the other learns only over a whole line.
    private async Task EndAsync(CancellationTokenSource broken)
    {
        try
        {
            await _whole.Task.WaitAsync(broken.Token);
            await broken.CancelAsync();
        }
        catch (OperationCanceledException)
        {
        }
    }
}
