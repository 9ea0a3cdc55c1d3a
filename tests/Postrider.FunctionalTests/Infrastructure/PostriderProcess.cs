using System.Diagnostics;
using System.Globalization;

namespace Postrider.FunctionalTests.Infrastructure;

/// <summary>The real executable as a process of its own. Disposing it kills what still runs.</summary>
internal sealed class PostriderProcess : IAsyncDisposable
{
    /// <summary>Long enough for a busy machine: nothing waits so long unless it hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];
    private readonly List<Waiter> _waiters = [];
    private readonly Task _exited;

    private PostriderProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data, _output);
        process.ErrorDataReceived += (_, line) => Take(line.Data, _error);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _exited = WatchExitAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Valid once it has exited; by a signal it is 128 and the signal's number.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Standard output so far.</summary>
    public string Output => Join(_output);

    /// <summary>Standard error so far.</summary>
    public string Error => Join(_error);

    /// <summary>Resident memory now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>User and system time used so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>How often its threads have woken and gone to sleep again so far: what idling costs, however busy the machine is.</summary>
    public long VoluntarySwitches => Directory.EnumerateDirectories($"/proc/{Id}/task").Sum(thread =>
        File.ReadLines(Path.Combine(thread, "status")).Where(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)));

    public static PostriderProcess Start(params string[] arguments) => Start(arguments, null);

    /// <param name="arguments">The verb and its options.</param>
    /// <param name="environment">Variables beside the inherited ones; null removes one.</param>
    /// <param name="workingFolder">Null: the tests' own.</param>
    /// <param name="executable">Null: <c>postrider</c>.</param>
    public static PostriderProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment, string? workingFolder = null, string? executable = null)
    {
        var start = new ProcessStartInfo(executable ?? ServerExecutable.Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingFolder ?? "",
        };
        start.Environment["DOTNET_ROOT"] = ServerExecutable.DotnetRoot;
        start.Environment.Remove("POSTRIDER_TOKEN");
        start.Environment.Remove("POSTRIDER_ADMIN");
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return new PostriderProcess(new Process { StartInfo = start });
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<ProcessResult> RunAsync(
        IEnumerable<string> arguments, string? input = null, IReadOnlyDictionary<string, string?>? environment = null, string? workingFolder = null)
    {
        await using var process = Start(arguments, environment, workingFolder);
        if (input is not null)
        {
            await process._process.StandardInput.WriteAsync(input);
        }

        process._process.StandardInput.Close();
        var exitCode = await process.WaitForExitAsync();
        return new ProcessResult(exitCode, process.Output, process.Error);
    }

    public static Task<ProcessResult> RunAsync(params string[] arguments) => RunAsync(arguments, null);

    /// <summary>The first line of either stream that holds the text, one that has already come included.</summary>
    public Task<string> WaitForLineAsync(string part, TimeSpan? timeout = null) =>
        WaitForLineAsync(line => line.Contains(part, StringComparison.Ordinal), $"a line with '{part}'", timeout);

    /// <summary>The first line of either stream that fits.</summary>
    public async Task<string> WaitForLineAsync(Func<string, bool> fits, string description, TimeSpan? timeout = null)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_output.Concat(_error).FirstOrDefault(fits) is { } known)
            {
                return known;
            }

            waiter = new Waiter(fits, new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
        }

        try
        {
            var first = await Task.WhenAny(waiter.Found.Task, _exited).WaitAsync(timeout ?? Patience, TestContext.Current.CancellationToken);
            return first == waiter.Found.Task || waiter.Found.Task.IsCompleted
                ? await waiter.Found.Task
                : throw new InvalidOperationException($"The process ended with {ExitCode} before {description} came.{Describe()}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No {description} came within {timeout ?? Patience}.{Describe()}");
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Its exit code, once it has ended and both streams are read to their end.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null)
    {
        try
        {
            await _exited.WaitAsync(timeout ?? Patience, TestContext.Current.CancellationToken);
            return ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The process did not end within {timeout ?? Patience}.{Describe()}");
        }
    }

    /// <summary>SIGTERM: an orderly stop.</summary>
    public void Terminate() => PosixSignals.Send(Id, PosixSignals.Terminate);

    /// <summary>SIGINT, as of Ctrl-C.</summary>
    public void Interrupt() => PosixSignals.Send(Id, PosixSignals.Interrupt);

    /// <summary>SIGHUP: read the configuration again.</summary>
    public void Hangup() => PosixSignals.Send(Id, PosixSignals.Hangup);

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync();
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public Task<int> StopAsync(TimeSpan? timeout = null)
    {
        Terminate();
        return WaitForExitAsync(timeout);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        // Not the test's token: a cancelled test must leave no process behind either.
        await _exited.WaitAsync(Patience);
        _process.Dispose();
    }

    private async Task WatchExitAsync() => await _process.WaitForExitAsync(CancellationToken.None);

    private void Take(string? line, List<string> lines)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            lines.Add(line);
            foreach (var waiter in _waiters)
            {
                if (waiter.Fits(line))
                {
                    waiter.Found.TrySetResult(line);
                }
            }
        }
    }

    private string Join(List<string> lines)
    {
        lock (_lock)
        {
            return string.Join('\n', lines);
        }
    }

    private string Describe() => $"\n--- output\n{Output}\n--- error\n{Error}";

    private sealed record Waiter(Func<string, bool> Fits, TaskCompletionSource<string> Found);
}
