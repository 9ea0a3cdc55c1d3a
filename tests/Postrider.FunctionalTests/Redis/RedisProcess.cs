using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Redis;

/// <summary>A real redis-server on a free loopback port that syncs every write before its answer, unless told; it can be killed and started again on its folder.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private static readonly string? Executable = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-redis-");
    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("postrider-redis-copy-");
    private Process? _process;

    /// <summary>Its <c>appendfsync</c>.</summary>
    public string Fsync { get; init; } = "always";

    /// <summary>Further options.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>All options but those of place; null: with the file that <see cref="Fsync"/> says.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    public int Port { get; } = FreePort.Find();

    /// <summary>Starts it and waits until it has loaded what it holds.</summary>
    public async Task StartAsync()
    {
        Assert.SkipWhen(Executable is null, "redis-server is not installed.");
        _process?.Dispose();
        _process = Process.Start(new ProcessStartInfo(Executable!, [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName,
            "--logfile", Path.Combine(_folder.FullName, "redis.log"),
            .. Command ?? ["--save", "", "--appendonly", "yes", "--appendfsync", Fsync], .. More]))!;
        await Eventually.TrueAsync("redis-server answers", () => Ask("PING").StartsWith('+'), () => "");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Loses the end of its file, as a machine does that goes down before it was synced. It does not run.</summary>
    public void CutLastWrites(long bytes)
    {
        var file = _folder.GetFiles("*.incr.aof", SearchOption.AllDirectories).MaxBy(file => file.Name)!;
        using var stream = file.OpenWrite();
        stream.SetLength(Math.Max(0, stream.Length - bytes));
    }

    /// <summary>Keeps a copy of its files. It does not run.</summary>
    public void Save() => Copy(_folder, _copy);

    /// <summary>Puts the copy in their place. It does not run.</summary>
    public void Restore() => Copy(_copy, _folder);

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
        _copy.Delete(recursive: true);
    }

    private static void Copy(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (var old in to.GetFileSystemInfos())
        {
            (old as DirectoryInfo)?.Delete(recursive: true);
            (old as FileInfo)?.Delete();
        }

        foreach (var file in from.GetFiles("*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to.FullName, Path.GetRelativePath(from.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            file.CopyTo(copy);
        }
    }
}
