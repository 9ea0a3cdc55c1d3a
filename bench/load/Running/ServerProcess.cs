using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Postrider.Load.Running;

/// <summary>The real server on a folder of its own. The ports and the folder outlive its processes, so that it can be restarted.</summary>
internal sealed class ServerProcess(ServerPlace place, string folder, IReadOnlyList<Uri> webhooks, string extraConfig) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly int _adminPort = FreePort();
    private ChildProcess? _child;

    public int Port { get; } = FreePort();

    public Process Process => _child?.Process ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>Starts it and returns the time until it says that it is ready.</summary>
    public async Task<TimeSpan> StartAsync(CancellationToken cancellationToken)
    {
        var config = Path.Combine(folder, "postrider.yaml");
        await File.WriteAllTextAsync(config, WriteConfig(), cancellationToken);
        var start = Stopwatch.GetTimestamp();
        _child = new ChildProcess([place.Executable, "run", "--config", config], folder);
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_child.Exited.IsCompleted)
            {
                throw _child.Died();
            }

            if (Stopwatch.GetElapsedTime(start) > ReadyLimit)
            {
                throw new LoadException($"The server was not ready after {ReadyLimit.TotalSeconds:F0} s. Its last lines:\n{_child.Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Runs the work, and ends it with the server's own last words when the server dies meanwhile.</summary>
    public async Task<T> WhileRunningAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var child = _child ?? throw new InvalidOperationException("The server is not running.");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(stop.Token);
        if (await Task.WhenAny(working, child.Exited) == working)
        {
            return await working;
        }

        await stop.CancelAsync();
        await working.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        throw child.Died();
    }

    public async Task StopAsync(bool orderly)
    {
        if (_child is not { } child)
        {
            return;
        }

        if (orderly)
        {
            await child.StopAsync(StopLimit);
        }

        await child.DisposeAsync();
        _child = null;
    }

    /// <summary>A figure of the process's status, in MiB: VmRSS now, VmHWM at most.</summary>
    public double MemoryMebibytes(string name)
    {
        var line = File.ReadLines($"/proc/{Process.Id}/status").First(each => each.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    public async ValueTask DisposeAsync() => await StopAsync(orderly: false);

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri($"http://127.0.0.1:{_adminPort}/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // The webhooks retry within seconds, so that a run need not wait for a probe of minutes once one is up again.
    private string WriteConfig()
    {
        var lines = new List<string>
        {
            $$"""gateway: { listen: "http://127.0.0.1:{{Port}}" }""",
            $$"""admin: { listen: "http://127.0.0.1:{{_adminPort}}" }""",
            "log: { type: embedded, path: ./data }",
        };
        for (var i = 0; i < webhooks.Count; i++)
        {
            if (i == 0)
            {
                lines.Add("destinations:");
            }

            lines.Add($"  webhook{i + 1}:");
            lines.Add("    type: webhook");
            lines.Add($"    url: {webhooks[i]}");
            lines.Add("    secret: whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
            lines.Add("    allowPrivateNetwork: true");
            lines.Add("    timeout: 2s");
            lines.Add("    retry: { initial: 1s, max: 5s }");
        }

        lines.Add(extraConfig);
        return string.Join('\n', lines) + "\n";
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
