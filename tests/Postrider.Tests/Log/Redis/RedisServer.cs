using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Diagnostics;
using Postrider.Log.Redis;
using Postrider.Log.Redis.Connecting;
using StackExchange.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis;

/// <summary>A redis-server of a test's own: a free port of the loopback, a temporary folder, every write synced before its answer.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    // What the documentation grants, and nothing else: the log's own tests run as this user.
    private const string User = "log";
    private const string Password = "secret";

    private const int Patience = 30_000;

    private static readonly string? Executable = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    private readonly TestMeters _meters = new();
    private Process? _process;
    private ConnectionMultiplexer? _connection;

    private IServer Server => _connection!.GetServer(IPAddress.Loopback, Port);

    public int Port { get; } = FreePort.Find();

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "postrider-redis-" + Guid.NewGuid().ToString("n"));

    /// <summary>What the next start adds to the command line.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        await StartAsync();
    }

    public async Task StartAsync()
    {
        Assert.SkipWhen(Executable is null, "redis-server is not installed.");
        var start = new ProcessStartInfo(Executable!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
            ["--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", Folder, "--save", "", "--appendonly", "yes",
             "--appendfsync", "always", "--logfile", Path.Combine(Folder, "redis.log"),
             "--user", User, "on", ">" + Password, "resetchannels", "&t*", "~t*", .. RedisCommands.Rules, .. Arguments])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        await Eventually.IsTrueAsync("redis-server answers", () => Ask("PING").StartsWith('+'));
        _connection ??= await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { IPAddress.Loopback, Port } },
            AbortOnConnectFail = false,
            AllowAdmin = true,
            ReconnectRetryPolicy = new LinearRetry(50),
            AsyncTimeout = Patience,
            SyncTimeout = Patience,
        });
        await Eventually.IsTrueAsync("the tests' connection stands", () => _connection.IsConnected);
        TestContext.Current.SendDiagnosticMessage($"redis-server {Ask("INFO server").Split("redis_version:")[^1].Split('\r')[0]}");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>One command on a connection of its own; the answer's raw text, empty where there is none.</summary>
    public string Ask(string command)
    {
        try
        {
            using var client = new TcpClient { ReceiveTimeout = Patience };
            client.Connect(IPAddress.Loopback, Port);
            var stream = client.GetStream();
            stream.Write(Encoding.ASCII.GetBytes(command + "\r\n"));
            var buffer = new byte[1 << 16];
            return Encoding.UTF8.GetString(buffer, 0, stream.Read(buffer));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return "";
        }
    }

    /// <summary>The names of the commands that all clients send within that time; what scripts call is not sent.</summary>
    public async Task<IReadOnlyList<string>> MonitorAsync(TimeSpan duration)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        await client.GetStream().WriteAsync("MONITOR\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("+OK", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        over.CancelAfter(duration);
        var names = new List<string>();
        try
        {
            // +1700000000.123456 [0 127.0.0.1:40000] "PING"
            while (await reader.ReadLineAsync(over.Token) is { } line)
            {
                if (!line.Contains("[0 lua]", StringComparison.Ordinal))
                {
                    names.Add(line.Split('"')[1]);
                }
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
        }

        return names;
    }

    // However busy the machine is, what is no fault of a test's own making is waited for.
    internal RedisLogOptions Options(string? prefix = null, int? port = null) => new()
    {
        Connection = new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", port ?? Port } },
            ConnectTimeout = 10_000,
            AsyncTimeout = Patience,
            SyncTimeout = Patience,
            ReconnectRetryPolicy = new LinearRetry(100),
            User = User,
            Password = Password,
        },
        Prefix = prefix ?? "t" + Guid.NewGuid().ToString("n")[..8],
        AppendTimeout = TimeSpan.FromMilliseconds(Patience),
        Partitions = 1,
        MaxMemoryBytes = 1L << 40,
    };

    internal async Task<RedisLog> OpenAsync(RedisLogOptions options, TimeProvider? time = null) =>
        await RedisLog.OpenAsync(options, time ?? TimeProvider.System, new PostriderMetrics(_meters), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    /// <summary>A connection of the tests' own.</summary>
    internal IDatabase Database => _connection!.GetDatabase();

    /// <summary>Kills the server and starts it with what it had synced: another process, so another run id.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public Task ConfigureAsync(string setting, string value) => Server.ConfigSetAsync(setting, value);

    /// <summary>Drops what the server knows of scripts, as a restart or a SCRIPT FLUSH does.</summary>
    public Task ForgetScriptsAsync() => Database.ExecuteAsync("SCRIPT", "FLUSH");

    /// <summary>Makes the meta of a partition, as the log does, and the names of its keys.</summary>
    internal async Task<PartitionKeys> CreatePartitionAsync(long last, long truncated = 1)
    {
        var keys = new PartitionKeys("t" + Guid.NewGuid().ToString("n"), 0);
        var run = (await Server.InfoAsync("server")).SelectMany(section => section).Single(pair => pair.Key == "run_id").Value;
        await Database.HashSetAsync(keys.Meta, [new("generation", 1), new("run", run), new("last", last), new("truncated", truncated)]);
        return keys;
    }

    internal async Task<long> GenerationOfAsync(PartitionKeys keys) => (long)await Database.HashGetAsync(keys.Meta, "generation");

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _meters.Dispose();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
