using System.Diagnostics;
using System.Globalization;

namespace Postrider.Tests.Log.Redis.Connecting;

/// <summary>A real redis-server on a free loopback port and a temporary folder. Disposing it ends it and removes the folder.</summary>
internal sealed class TestRedis : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postrider-redis-");
    private Process? _process;

    public int Port { get; } = FreePort.Find();

    /// <summary>Starts one and waits until it listens; skips the test where redis-server is not installed.</summary>
    public static async Task<TestRedis> StartAsync(params string[] arguments)
    {
        Assert.SkipUnless(IsInstalled, "redis-server is not installed");
        var redis = new TestRedis();
        var start = new ProcessStartInfo("redis-server", [
            "--port", redis.Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", redis._folder.FullName, "--save", "", .. arguments])
        {
            RedirectStandardOutput = true,
        };
        redis._process = Process.Start(start)!;
        while (await redis._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("eady to accept connections", StringComparison.Ordinal))
            {
                return redis;
            }
        }

        await redis.DisposeAsync();
        throw new InvalidOperationException("redis-server ended before it listened.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
            _process = null;
            _folder.Delete(recursive: true);
        }
    }

    private static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server")));
}
