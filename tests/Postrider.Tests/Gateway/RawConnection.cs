using System.Net.Sockets;
using System.Text;

namespace Postrider.Tests.Gateway;

/// <summary>A client that sends exactly the bytes that a test says, when it says.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new();
    private NetworkStream? _stream;

    public static async Task<RawConnection> OpenAsync(Uri url)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
        connection._client.NoDelay = true;
        connection._stream = connection._client.GetStream();
        return connection;
    }

    public ValueTask SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public ValueTask SendAsync(byte[] bytes) => _stream!.WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>Reads until the text ends so, or the server closes.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var read = await _stream!.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
            if (read == 0)
            {
                break;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    public Task<string> ReadToEndAsync() => ReadUntilAsync("\0");

    public void CloseSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Closes at once, as a process that died.</summary>
    public void Reset()
    {
        _client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Close();
    }

    public void Dispose() => _client.Dispose();
}
