using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>One redis-server of several, on loopback and a temporary folder. It can be killed, frozen, and started again on its folder.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    // A cluster's nodes talk on a port of their own, so much higher.
    private const int BusOffset = 10_000;
    private const int MostPort = FreePort.Last - BusOffset;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string? Executable = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-redis-");
    private readonly IReadOnlyList<string> _options;
    private readonly string? _configuration;
    private Process? _process;

    /// <param name="options">All options but port and place.</param>
    /// <param name="configuration">Of a Sentinel: what its file says beyond port and place. Null: it is none.</param>
    public RedisNode(IReadOnlyList<string> options, string? configuration = null) => (_options, _configuration) = (options, configuration);

    public int Port { get; } = FindPort();

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What it asks of whoever connects; null: nothing.</summary>
    public string? Password { get; init; }

    /// <summary>Starts it and waits until it answers and has loaded what it holds.</summary>
    public async Task StartAsync()
    {
        Assert.SkipWhen(Executable is null, "redis-server is not installed.");
        _process?.Dispose();
        List<string> arguments = [];
        if (_configuration is not null)
        {
            // It writes what it learns into this file.
            var file = Path.Combine(_folder.FullName, "sentinel.conf");
            if (!File.Exists(file))
            {
                await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"port {Port}\nbind 127.0.0.1\ndir {_folder.FullName}\nlogfile {LogFile}\n{_configuration}\n"));
            }

            arguments.AddRange([file, "--sentinel"]);
        }
        else
        {
            arguments.AddRange(["--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName, "--logfile", LogFile, .. _options]);
        }

        _process = Process.Start(new ProcessStartInfo(Executable!, arguments))!;
        await UntilAsync("redis-server answers", () => Ask("PING") == "PONG");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGSTOP: connections stay, answers do not come.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>One command on a connection of its own; its answer as text, parts of a list line by line, an error with its minus sign; empty where there is none.</summary>
    public string Ask(params string[] words)
    {
        try
        {
            using var client = new TcpClient { ReceiveTimeout = 5000 };
            client.Connect(IPAddress.Loopback, Port);
            using var stream = new BufferedStream(client.GetStream());
            if (Password is not null)
            {
                Ask(stream, ["AUTH", Password]);
            }

            return Ask(stream, words);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return "";
        }
    }

    /// <summary>The value of a field of INFO or CLUSTER INFO.</summary>
    public string Field(string name, params string[] words) =>
        Ask(words).Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim() ?? "";

    /// <summary>The last lines that it wrote, for messages.</summary>
    public string Describe() => $"--- {Address}{(IsRunning ? "" : " (not running)")}\n{string.Join('\n', File.Exists(LogFile) ? File.ReadLines(LogFile).TakeLast(12) : [])}";

    /// <summary>Waits for what several servers do and nobody signals.</summary>
    public static async Task UntilAsync(string reason, Func<bool> condition, Func<string>? describe = null)
    {
        var began = Stopwatch.GetTimestamp();
        using var pace = new PeriodicTimer(Pace);
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"Not within {Patience}: {reason}.\n{describe?.Invoke()}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private string LogFile => Path.Combine(_folder.FullName, "redis.log");

    // Not one that the system hands out: it must be free still when a node that was killed comes back.
    private static int FindPort()
    {
        while (true)
        {
            var port = FreePort.Find();
            if (port <= MostPort && FreePort.IsFree(port + BusOffset))
            {
                return port;
            }
        }
    }

    private static string Ask(BufferedStream stream, string[] words)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words)
        {
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        stream.Flush();
        return Read(stream);
    }

    private static string Read(BufferedStream stream)
    {
        var line = ReadLine(stream);
        switch (line[0])
        {
            case '$' when line != "$-1":
                var bytes = new byte[int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture)];
                stream.ReadExactly(bytes);
                ReadLine(stream);
                return Encoding.UTF8.GetString(bytes);
            case '*' when line != "*-1":
                return string.Join('\n', Enumerable.Range(0, int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture)).Select(_ => Read(stream)).ToList());
            case '+' or ':':
                return line[1..];
            case '-':
                return line;
            default:
                return "";
        }
    }

    private static string ReadLine(BufferedStream stream)
    {
        var line = new List<byte>();
        int read;
        while ((read = stream.ReadByte()) != '\n')
        {
            if (read < 0)
            {
                throw new EndOfStreamException();
            }

            line.Add((byte)read);
        }

        return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
