using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Redis;

/// <summary>A real redis-server on a free loopback port that syncs every write before its answer; it can be killed and started again on its folder.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly string? Executable = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-redis-");
    private Process? _process;

    public int Port { get; } = FreePort.Find();

    /// <summary>Starts it and waits until it has loaded what it holds.</summary>
    public async Task StartAsync()
    {
        Assert.SkipWhen(Executable is null, "redis-server is not installed.");
        _process?.Dispose();
        _process = Process.Start(new ProcessStartInfo(Executable!, [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "", "--appendonly", "yes",
            "--appendfsync", "always", "--logfile", Path.Combine(_folder.FullName, "redis.log")]))!;
        await Eventually.TrueAsync("redis-server answers", () => Ask("PING").StartsWith('+'), () => "");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGSTOP: connections stay, answers do not come.</summary>
    public void Freeze() => PosixSignals.Send(_process!.Id, PosixSignals.Stop);

    public void Thaw() => PosixSignals.Send(_process!.Id, PosixSignals.Continue);

    /// <summary>One command on a connection of its own; the answer's raw text, empty where there is none.</summary>
    public string Ask(string command)
    {
        try
        {
            using var client = new TcpClient { ReceiveTimeout = 5000 };
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

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
    }
}
