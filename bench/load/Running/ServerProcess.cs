using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Postrider.Load.Running;

/// <summary>The real server on a folder of its own. The ports and the folder outlive its processes, so that it can be restarted.</summary>
internal sealed class ServerProcess(ServerPlace place, string folder, string log, string configuration, string role = "both") : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly int _adminPort = LoopbackPort.Free();
    private ChildProcess? _child;

    public int Port { get; } = LoopbackPort.Free();

    /// <summary>Where the console, the API and the metrics are.</summary>
    public Uri Admin => new($"http://127.0.0.1:{_adminPort}/");

    public Process Process => _child?.Process ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>Starts it and returns the time until it says that it is ready.</summary>
    public async Task<TimeSpan> StartAsync(CancellationToken cancellationToken)
    {
        var config = Path.Combine(folder, "postrider.yaml");
        await File.WriteAllTextAsync(config, WriteConfig(), cancellationToken);
        var start = Stopwatch.GetTimestamp();
        _child = new ChildProcess([place.Executable, "run", "--config", config, "--role", role], folder);
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

    /// <summary>Events that the gateway says it has stored since its start.</summary>
    public async Task<long> CountStoredAsync(CancellationToken cancellationToken)
    {
        const string name = "postrider_gateway_events_total{";
        var metrics = await Client.GetStringAsync(new Uri(Admin, "metrics"), cancellationToken);
        return (long)metrics.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.AsSpan(line.IndexOf("} ", StringComparison.Ordinal) + 2), CultureInfo.InvariantCulture));
    }

    /// <summary>How many partitions each process owns that delivers.</summary>
    public async Task<IReadOnlyList<int>> CountOwnedAsync(CancellationToken cancellationToken)
    {
        using var status = await Client.GetFromJsonAsync<JsonDocument>(new Uri($"http://127.0.0.1:{_adminPort}/api/status"), cancellationToken) ?? throw new LoadException("The server says nothing of itself.");
        return [.. status.RootElement.GetProperty("members").EnumerateArray()
            .Where(member => member.GetProperty("role").GetString() != "gateway")
            .Select(member => member.GetProperty("partitions").GetArrayLength())];
    }

    /// <summary>Pauses a destination, or lets it go on.</summary>
    public async Task ControlAsync(string destination, string verb, CancellationToken cancellationToken)
    {
        using var answer = await Client.PostAsync(new Uri($"http://127.0.0.1:{_adminPort}/api/destinations/{destination}/{verb}"), null, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new LoadException($"{verb} {destination}: {answer.StatusCode}");
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(orderly: false);

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri(Admin, "health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string WriteConfig() => string.Join(
        '\n',
        $$"""gateway: { listen: "http://127.0.0.1:{{Port}}" }""",
        $$"""admin: { listen: "http://127.0.0.1:{{_adminPort}}" }""",
        $"log: {log}",
        configuration) + "\n";
}
