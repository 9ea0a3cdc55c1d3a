using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postrider.Load.Running;

/// <summary>A redis-server of one run, on a folder of its own that lies on the disk that is measured.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private const string Executable = "redis-server";
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _child;
    private readonly RedisDurability _durability;
    private readonly int _port;
    private readonly int _partitions;

    private RedisProcess(ChildProcess child, RedisDurability durability, int port, int partitions)
    {
        _child = child;
        _durability = durability;
        _port = port;
        _partitions = partitions;
    }

    public Process Process => _child.Process;

    public int Port => _port;

    /// <summary>The value of <c>log</c> in the server's configuration.</summary>
    /// <param name="more">Further members, each with a comma ahead.</param>
    public string LogSetting(string more) =>
        $"{{ type: redis, connection: \"127.0.0.1:{_port}\", durability: {(_durability == RedisDurability.Fsync ? "fsync" : "everysec")}, partitions: {_partitions}{more} }}";

    public static async Task<RedisProcess> StartAsync(string folder, RedisDurability durability, int partitions, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var port = LoopbackPort.Free();
        var redis = new RedisProcess(Start(folder, durability, port), durability, port, partitions);
        try
        {
            await redis.WaitUntilReadyAsync(cancellationToken);
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many commands it has carried out, those inside scripts included.</summary>
    public Task<long> CountCommandsAsync(CancellationToken cancellationToken) => InfoAsync("stats", "total_commands_processed", cancellationToken);

    /// <summary>A number that it tells of itself.</summary>
    public async Task<long> InfoAsync(string section, string name, CancellationToken cancellationToken)
    {
        var answer = await OrderAsync("INFO " + section, cancellationToken);
        var line = answer.Split("\r\n").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>Carries a command out; its answer in the form of the protocol.</summary>
    public async Task<string> OrderAsync(string command, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(command, cancellationToken) ?? throw new LoadException($"{Executable} does not answer.");
        return answer[0] == '-' ? throw new LoadException($"{Executable} refused {command[..Math.Min(40, command.Length)]}: {answer}") : answer;
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    private static ChildProcess Start(string folder, RedisDurability durability, int port)
    {
        try
        {
            return new ChildProcess(
                [
                    Executable, "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder,
                    "--appendonly", "yes", "--appendfsync", durability == RedisDurability.Fsync ? "always" : "everysec",
                    "--save", "", "--maxmemory-policy", "noeviction",
                ],
                folder);
        }
        catch (Win32Exception exception)
        {
            throw new LoadException($"{Executable} does not start: {exception.Message}. --log redis needs Redis 6.2 or later in the PATH.");
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_child.Exited.IsCompleted)
            {
                throw _child.Died();
            }

            if (Stopwatch.GetElapsedTime(start) > ReadyLimit)
            {
                throw new LoadException($"{Executable} was not ready after {ReadyLimit.TotalSeconds:F0} s. Its last lines:\n{_child.Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }

    // Anything but +PONG, as -LOADING, is not ready.
    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken) =>
        await AskAsync("PING", cancellationToken) is { } answer && answer.StartsWith("+PONG", StringComparison.Ordinal);

    /// <summary>Asks in the form of the protocol without a client library: a line, and an answer that comes in one piece. Null: it cannot be reached.</summary>
    public async Task<string?> AskAsync(string command, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port), cancellationToken);
            await socket.SendAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
            var answer = new byte[16 * 1024];
            return Encoding.ASCII.GetString(answer.AsSpan(0, await socket.ReceiveAsync(answer, cancellationToken)));
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
