using System.Collections.Concurrent;
using System.Diagnostics;
using Postrider.Load.Sockets;

namespace Postrider.Load.Running;

/// <summary>A process that this program started, that it ends by its id, and whose last lines it keeps.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 200;
    private static readonly ConcurrentDictionary<int, ChildProcess> Living = new();

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _awaited = new();
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChildProcess(IReadOnlyList<string> command, string workingFolder)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = workingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process = new Process { StartInfo = start, EnableRaisingEvents = true };
        Process.OutputDataReceived += (_, line) => Keep(line.Data);
        Process.ErrorDataReceived += (_, line) => Keep(line.Data);
        Process.Exited += (_, _) => _exited.TrySetResult();
        Process.Start();
        Living[Process.Id] = this;
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    public Task Exited => _exited.Task;

    public string Output => string.Join('\n', _lines);

    /// <summary>Ends whatever still runs: called when this program is interrupted.</summary>
    public static void KillAll()
    {
        foreach (var child in Living.Values)
        {
            child.Kill();
        }
    }

    public async Task<string> WaitForLineAsync(string start, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var line = _awaited.GetOrAdd(start, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_lines.FirstOrDefault(each => each.StartsWith(start, StringComparison.Ordinal)) is { } already)
        {
            return already;
        }

        var first = await Task.WhenAny(line.Task, Exited).WaitAsync(atMost, cancellationToken);
        return first == line.Task ? await line.Task : throw Died();
    }

    /// <summary>Waits for a process that ends by itself.</summary>
    public async Task<string> WaitForEndAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Process.StandardInput.Close();
        await Process.WaitForExitAsync(cancellationToken).WaitAsync(atMost, cancellationToken);
        return Process.ExitCode == 0 ? Output : throw Died();
    }

    public LoadException Died() =>
        new($"{Path.GetFileName(Process.StartInfo.FileName)} (pid {Process.Id}) ended by itself. Its last lines:\n{Output}");

    public void Kill()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
        }
    }

    /// <summary>Asks it to stop; kills it when it does not.</summary>
    public async Task StopAsync(TimeSpan atMost)
    {
        if (!Process.HasExited)
        {
            _ = Libc.Kill(Process.Id, Libc.Terminate);
        }

        try
        {
            await Exited.WaitAsync(atMost);
        }
        catch (TimeoutException)
        {
            Kill();
            await Exited;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        Living.TryRemove(Process.Id, out _);
        Process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
        {
            _lines.TryDequeue(out _);
        }

        foreach (var (start, awaited) in _awaited)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                awaited.TrySetResult(line);
            }
        }
    }
}
