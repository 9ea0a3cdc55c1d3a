using Microsoft.Extensions.Logging;
using Postrider.Operations;

namespace Postrider.WebConsole.Live;

/// <summary>
/// Asks the server how it is doing, once for all open pages, and tells them. While no page is open nothing runs: the last one that leaves
/// ends the loop. Figures over time are kept as long as their newest point is.
/// </summary>
public sealed partial class LiveFeed(IOperations operations, TimeProvider time, ILogger<LiveFeed> logger) : IDisposable
{
    // Pages redraw what changed; faster, eyes cannot follow, and each redraw costs.
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    // A page that is drawn takes what another one was just told.
    private static readonly TimeSpan FreshEnough = TimeSpan.FromSeconds(1);
    private const int MostPoints = 150;

    private readonly Lock _lock = new();
    private readonly List<Action<LiveSnapshot>> _listeners = [];
    private readonly Dictionary<(TimeSpan Span, string? Destination), (HistoryReport Report, DateTimeOffset Until)> _histories = [];
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly Paces _paces = new();
    private (Task<IReadOnlyList<ReplayAnswer>> List, DateTimeOffset Until)? _replays;
    private LiveSnapshot? _last;
    private CancellationTokenSource? _running;

    /// <summary>How the server is doing: just asked, or a moment ago.</summary>
    public async Task<LiveSnapshot> GetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _last) is { } last && time.GetUtcNow() - last.At < FreshEnough)
        {
            return last;
        }

        return await AskAsync(FreshEnough, cancellationToken);
    }

    /// <summary>Asks at once, after something was changed, and tells all pages.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _histories.Clear();
            _replays = null;
        }

        Tell(await AskAsync(TimeSpan.Zero, cancellationToken));
    }

    /// <summary>Calls back with each new snapshot, on a thread of the pool, until disposed.</summary>
    public IDisposable Subscribe(Action<LiveSnapshot> listener)
    {
        lock (_lock)
        {
            _listeners.Add(listener);
            if (_running is null)
            {
                var running = _running = new CancellationTokenSource();

                // Not on the page's own thread, which may end before the loop does.
                _ = Task.Run(() => RunAsync(running));
            }
        }

        return new Subscription(this, listener);
    }

    /// <summary>Figures over time, shared by all pages that show the same.</summary>
    public HistoryReport GetHistory(TimeSpan span, string? destination = null)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_histories.TryGetValue((span, destination), out var known) && now < known.Until)
            {
                return known.Report;
            }

            foreach (var old in _histories.Where(entry => now >= entry.Value.Until).Select(entry => entry.Key).ToArray())
            {
                _histories.Remove(old);
            }
        }

        var report = operations.GetHistory(new HistoryQuery(span, destination, MostPoints));
        var next = report.Step > Pace ? report.Step / 2 : Pace;
        lock (_lock)
        {
            _histories[(span, destination)] = (report, now + next);
        }

        return report;
    }

    /// <summary>All replays, asked once for all pages that show some.</summary>
    public Task<IReadOnlyList<ReplayAnswer>> ListReplaysAsync()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_replays is not { } known || now >= known.Until)
            {
                _replays = known = (operations.ListReplaysAsync(CancellationToken.None), now + (Pace / 2));
            }

            return known.List;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _listeners.Clear();
            _running?.Cancel();
            _running = null;
        }
    }

    private async Task RunAsync(CancellationTokenSource running)
    {
        using (running)
        {
            using var pace = new PeriodicTimer(Pace, time);
            try
            {
                while (await pace.WaitForNextTickAsync(running.Token))
                {
                    Tell(await AskAsync(FreshEnough, running.Token));
                }
            }
            catch (OperationCanceledException) when (running.IsCancellationRequested)
            {
                // The last page was closed.
            }
            finally
            {
                // However it ended: the next page begins anew.
                lock (_lock)
                {
                    _running = _running == running ? null : _running;
                }
            }
        }
    }

    private async Task<LiveSnapshot> AskAsync(TimeSpan fresh, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (_last is { } last && now - last.At < fresh)
            {
                return last;
            }

            if (_last is { } old && now - old.At > 5 * Pace)
            {
                _paces.Clear();
            }

            var snapshot = await operations.GetStatusAsync(cancellationToken) is { } status ? _paces.Take(now, status) : Nothing(now, null);
            Volatile.Write(ref _last, snapshot);
            return snapshot;
        }
#pragma warning disable CA1031 // Whatever keeps the server from answering is shown on the pages, and asked again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Failed(logger, exception);
            var snapshot = Nothing(time.GetUtcNow(), exception.Message);
            Volatile.Write(ref _last, snapshot);
            return snapshot;
        }
        finally
        {
            _asking.Release();
        }
    }

    private static LiveSnapshot Nothing(DateTimeOffset at, string? problem) =>
        new() { At = at, Problem = problem, Paces = new Dictionary<string, DestinationPace>(), Standings = [] };

    private void Tell(LiveSnapshot snapshot)
    {
        Action<LiveSnapshot>[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
        {
            listener(snapshot);
        }
    }

    private void Leave(Action<LiveSnapshot> listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
            if (_listeners.Count == 0)
            {
                _running?.Cancel();
                _running = null;
                _histories.Clear();
                _replays = null;
            }
        }
    }

    private sealed class Subscription(LiveFeed feed, Action<LiveSnapshot> listener) : IDisposable
    {
        public void Dispose() => feed.Leave(listener);
    }

    private static partial class Log
    {
        [LoggerMessage(ConsoleLogEvents.StatusFailed, LogLevel.Warning, "The console could not ask for the status")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
