using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postrider.Tests.Destinations.Http;

/// <summary>A small forward proxy: tunnels for CONNECT, and plain requests passed on with their first line shortened, one a connection.</summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _heads = [];
    private readonly IPEndPoint _server;
    private readonly string? _credentials;
    private readonly Task _run;

    private ProxyServer(string serverUrl, string? credentials)
    {
        _server = new IPEndPoint(IPAddress.Loopback, new Uri(serverUrl).Port);
        _credentials = credentials is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
        _listener.Start();
        _run = RunAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>The heads of the requests that came, in order.</summary>
    public IReadOnlyList<string> Heads
    {
        get
        {
            lock (_heads)
            {
                return [.. _heads];
            }
        }
    }

    /// <summary>Starts a proxy that knows one server, whatever name it is asked for.</summary>
    public static ProxyServer Start(string serverUrl, string? credentials = null) => new(serverUrl, credentials);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _run.WaitAsync(TimeSpan.FromSeconds(60));
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await ServeAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One of the three sides left.
        }
    }

    private async Task ServeAsync(NetworkStream client)
    {
        while (await ReadHeadAsync(client) is { } head)
        {
            lock (_heads)
            {
                _heads.Add(head);
            }

            if (_credentials is not null && !head.Contains($"Proxy-Authorization: {_credentials}", StringComparison.OrdinalIgnoreCase))
            {
                await WriteAsync(client, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
                if (head.StartsWith("CONNECT", StringComparison.Ordinal))
                {
                    continue;
                }

                return;
            }

            using var server = new TcpClient();
            await server.ConnectAsync(_server, _stop.Token);
            if (head.StartsWith("CONNECT", StringComparison.Ordinal))
            {
                await WriteAsync(client, "HTTP/1.1 200 Connection established\r\n\r\n");
            }
            else
            {
                var parts = head.Split(' ', 3);
                await WriteAsync(server.GetStream(), $"{parts[0]} {new Uri(parts[1]).PathAndQuery} {parts[2]}");
            }

            await Task.WhenAny(client.CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(client, _stop.Token));
            return;
        }
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private ValueTask WriteAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
}
