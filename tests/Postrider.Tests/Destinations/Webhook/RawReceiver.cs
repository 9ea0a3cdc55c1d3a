using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postrider.Tests.Destinations.Webhook;

/// <summary>A receiver below HTTP: reads one request's bytes, then a script decides what goes over the socket.</summary>
internal sealed class RawReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Socket, CancellationToken, Task> _script;
    private readonly Task _run;

    private RawReceiver(Func<Socket, CancellationToken, Task> script)
    {
        _script = script;
        _listener.Start();
        _run = RunAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}/";

    public int Connections { get; private set; }

    public static RawReceiver Start(Func<Socket, CancellationToken, Task> script) => new(script);

    /// <summary>Answers every request of a connection with the same bytes.</summary>
    public static RawReceiver Start(string answer) => new(async (socket, cancellationToken) =>
    {
        do
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        }
        while (await ReadRequestAsync(socket, cancellationToken));
    });

    public static async Task<bool> ReadRequestAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        var text = "";
        while (!text.EndsWith("""{"a":1}""", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, cancellationToken);
            if (read == 0)
            {
                return false;
            }

            text += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _run.WaitAsync(TimeSpan.FromSeconds(60));
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Connections++;
                await ServeAsync(socket);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // Stopped, whatever that looked like in here.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            if (await ReadRequestAsync(socket, _stop.Token))
            {
                await _script(socket, _stop.Token);
            }
        }
        catch (SocketException)
        {
            // The other side left, as many of these tests want it to.
        }
    }
}
