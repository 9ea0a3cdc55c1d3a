using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Saves the progress of all dispatchers of one partition: every 100 ms where something changed, in one write; at once where someone waits for it.
/// A save that fails is tried again as it was, so that no change can overtake another. Where much has changed it becomes several writes, each
/// with whole destinations: what changed for one is never torn apart.
/// </summary>
internal sealed partial class StateSaver(ILogPartition partition, TimeProvider time, ILogger<StateSaver> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FailureDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StallAfter = TimeSpan.FromSeconds(1);
    private const long MaxSaveBytes = 8 << 20;
    private const int LastTries = 8;
    private const int FailuresToldApart = 40;

    private readonly Lock _lock = new();
    private readonly HashSet<Dispatcher> _dirty = [];
    private readonly List<TaskCompletionSource> _flushes = [];
    private readonly CancellationTokenSource _stopping = new();

    // Never disposed: who stops and who moves on may meet, and without a timer it holds nothing.
    private readonly CancellationTokenSource _abandoned = new();
    private TaskCompletionSource _work = NewSignal();
    private TaskCompletionSource _urgent = NewSignal();
    private long _oldestChange;
    private long _nextOldest;
    private bool _saving;
    private volatile bool _gaveUp;
    private bool _ended;
    private int _disposed;
    private Task _loop = Task.CompletedTask;

    /// <summary>
    /// True while the oldest unsaved change is older than a second, and for good once nothing is saved any more: then no attempt starts, lest
    /// much is repeated. What is attempted after a partition's move is repeated for certain.
    /// </summary>
    public bool IsStalled
    {
        get
        {
            var oldest = Volatile.Read(ref _oldestChange);
            return (oldest != 0 && time.GetElapsedTime(oldest) > StallAfter) || _gaveUp || partition.Successor.IsCompleted;
        }
    }

    public void Start() => _loop = RunAsync();

    /// <summary>Something changed; it is saved with the next save.</summary>
    public void MarkDirty(Dispatcher dispatcher, bool urgent)
    {
        lock (_lock)
        {
            if (_dirty.Add(dispatcher))
            {
                Age();
            }

            _work.TrySetResult();
            if (urgent)
            {
                _urgent.TrySetResult();
            }
        }
    }

    /// <summary>Completes when all that changed until now is on stable storage.</summary>
    public Task FlushAsync()
    {
        var flush = NewSignal();
        lock (_lock)
        {
            if (_ended)
            {
                return Task.CompletedTask;
            }

            _flushes.Add(flush);
            _work.TrySetResult();
            _urgent.TrySetResult();
        }

        return flush.Task;
    }

    /// <summary>Ends without another save: the partition has a new generation, and what its dispatchers know is void.</summary>
    public async ValueTask AbandonAsync()
    {
        _gaveUp = true;
        await _abandoned.CancelAsync().ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Saves what is left and ends. The dispatchers have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            // A move abandons it while the service may be stopping.
            await _loop.ConfigureAwait(false);
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        var last = time.GetTimestamp() - time.TimestampFrequency;
        while (!_stopping.IsCancellationRequested)
        {
            await WaitAsync(_work.Task, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            var rest = Interval - time.GetElapsedTime(last);
            if (rest > TimeSpan.Zero)
            {
                await WaitAsync(_urgent.Task, rest).ConfigureAwait(false);
            }

            last = time.GetTimestamp();
            await SaveAllAsync().ConfigureAwait(false);
        }

        lock (_lock)
        {
            _ended = true;
        }

        await SaveAllAsync().ConfigureAwait(false);
    }

    private async Task WaitAsync(Task signal, TimeSpan timeout)
    {
        try
        {
            await signal.WaitAsync(timeout, time, _stopping.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }

    // While a save is under way, the changes that will go into the next one age by a clock of their own.
    private void Age()
    {
        if (_saving && _nextOldest == 0)
        {
            _nextOldest = time.GetTimestamp();
        }
        else if (!_saving && _oldestChange == 0)
        {
            Volatile.Write(ref _oldestChange, time.GetTimestamp());
        }
    }

    private async Task SaveAllAsync()
    {
        Dispatcher[] dirty;
        TaskCompletionSource[] flushes;
        lock (_lock)
        {
            dirty = [.. _dirty];
            _dirty.Clear();
            flushes = [.. _flushes];
            _flushes.Clear();
            _work = NewSignal();
            _urgent = NewSignal();
            _saving = true;
        }

        if (dirty.Length > 0 && !_gaveUp)
        {
            await SaveAsync(dirty).ConfigureAwait(false);
        }

        lock (_lock)
        {
            _saving = false;
            Volatile.Write(ref _oldestChange, _nextOldest);
            _nextOldest = 0;
        }

        foreach (var dispatcher in _gaveUp ? [] : dirty)
        {
            dispatcher.OnSaved();
        }

        foreach (var flush in flushes)
        {
            flush.TrySetResult();
        }
    }

    private async Task SaveAsync(Dispatcher[] dirty)
    {
        var since = Volatile.Read(ref _oldestChange);
        var saves = await Task.WhenAll(dirty.Select(dispatcher => dispatcher.TakeSaveAsync())).ConfigureAwait(false);
        for (var from = 0; from < saves.Length && !_gaveUp;)
        {
            var to = from + 1;
            for (var bytes = saves[from].Weight; to < saves.Length && bytes + saves[to].Weight <= MaxSaveBytes; to++)
            {
                bytes += saves[to].Weight;
            }

            await SaveAsync(saves[from..to]).ConfigureAwait(false);
            from = to;
        }

        if (since != 0 && time.GetElapsedTime(since) > StallAfter)
        {
            Log.SavedLate(logger, time.GetElapsedTime(since).TotalMilliseconds);
        }
    }

    private async Task SaveAsync(IReadOnlyList<DestinationSave> saves)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await partition.State.SaveAsync(saves, _abandoned.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
            {
                return;
            }
            catch (GenerationMovedException)
            {
                // What was to be saved is void; the successor's dispatchers begin from what the storage holds.
                _gaveUp = true;
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                if (failures % FailuresToldApart == 0)
                {
                    Log.SaveFailed(logger, exception, failures + 1);
                }

                if (_stopping.IsCancellationRequested && failures >= LastTries)
                {
                    // What is not saved is delivered again after the start. Nothing newer may be saved from now on: progress without the
                    // parked events that it counts as settled would lose them.
                    _gaveUp = true;
                    return;
                }

                if (!await PauseAsync().ConfigureAwait(false))
                {
                    return;
                }
            }
        }
    }

    // False: the partition has moved meanwhile.
    private async Task<bool> PauseAsync()
    {
        try
        {
            await Task.Delay(FailureDelay, time, _abandoned.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
        {
        }

        return !_gaveUp;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.SaveFailed, LogLevel.Error, "Progress could not be saved (failure {Count} in a row); no new attempt starts after a second of this.")]
        public static partial void SaveFailed(ILogger logger, Exception exception, int count);

        [LoggerMessage(LogEvents.SavedLate, LogLevel.Warning, "Progress was saved late, after {Milliseconds:0} ms; attempts were held meanwhile.")]
        public static partial void SavedLate(ILogger logger, double milliseconds);
    }
}
