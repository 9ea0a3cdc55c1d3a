using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>A replay in one partition, step by step. A step is taken only when the one before it is saved.</summary>
internal sealed partial class ReplayRun(
    ReplayJob job,
    IEventLog log,
    int partition,
    Func<string, LiveDestination?> find,
    Func<RouteTable> routes,
    ReplayThrottle throttle,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FailureDelay = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _stepping = new(1, 1);
    private readonly CancellationTokenSource _cancelled = new();
    private volatile ReplayJob _job = job;
    private volatile string? _waits = "waits until an earlier replay to this destination has ended";
    private IReplaySource? _source;
    private Dispatcher? _dispatcher;
    private string? _damage;

    public ReplayJob Job => _job;

    public int Partition => partition;

    private ILogPartition Now => log.Partitions[partition];

    public bool IsRunning => _job.Progress.State == ReplayState.Running;

    /// <summary>For people: what it waits for; null: it does not.</summary>
    public string? Waits => IsRunning ? _waits : null;

    /// <summary>It went no further here, because the partition became another process's.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>The partition is another process's now, which goes on with it from what is saved.</summary>
    public bool IsElsewhere => !Now.Lease.IsHeld;

    /// <summary>Goes on until it has ended, is cancelled, or the server stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, _cancelled.Token);
        while (IsRunning && !linked.IsCancellationRequested)
        {
            // Asked once: the lease may come back between two looks, and then a successor of this run goes on.
            if (IsElsewhere)
            {
                HasStopped = true;
                break;
            }

            var wait = await TryStepAsync(linked.Token).ConfigureAwait(false);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, linked.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        // It may stay listed for long.
        (_dispatcher, _source) = (null, null);
    }

    /// <summary>Ends it where it stands.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        await _cancelled.CancelAsync().ConfigureAwait(false);
        await _stepping.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await EndAsync(ReplayState.Cancelled, null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _stepping.Release();
        }
    }

    public void Dispose()
    {
        _cancelled.Dispose();
        _stepping.Dispose();
    }

    private async Task<TimeSpan> TryStepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _stepping.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return TimeSpan.Zero;
        }

        try
        {
            return IsRunning ? await StepAsync(cancellationToken).ConfigureAwait(false) : TimeSpan.Zero;
        }
        catch (OperationCanceledException)
        {
            // Cancelled; or its dispatcher has gone before it could say whether the step was saved. The next one will know.
            _dispatcher = null;
            return LookAgain;
        }
        catch (LogCorruptException exception)
        {
            Log.Failed(logger, exception, _job.Id, _job.Destination);
            _damage = $"the log is damaged: {exception.Message}";
            return TimeSpan.Zero;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.Failed(logger, exception, _job.Id, _job.Destination);
            return Hold($"failed, and tries again: {exception.Message}", FailureDelay);
        }
        finally
        {
            _stepping.Release();
        }
    }

    private async Task<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        if (_damage is not null)
        {
            await EndAsync(ReplayState.Failed, _damage, cancellationToken).ConfigureAwait(false);
            return TimeSpan.Zero;
        }

        if (find(_job.Destination) is not { } live)
        {
            return await AwayAsync(cancellationToken).ConfigureAwait(false);
        }

        if (live.DispatcherOf(partition) is not { } dispatcher)
        {
            return Hold("the destination is about to begin there", LookAgain);
        }

        if (dispatcher != _dispatcher)
        {
            await ReadBackAsync(cancellationToken).ConfigureAwait(false);
            _dispatcher = dispatcher;
            _source = null;
            if (!IsRunning)
            {
                return TimeSpan.Zero;
            }
        }

        var room = DispatcherLimits.ReplayedWaiting - live.Dispatchers.Sum(each => each.Curation.ReplayedWaiting);
        if (ObstacleOf(live, dispatcher, room) is { } obstacle)
        {
            // What it could not do meanwhile is not made up for.
            throttle.Restart();
            return Hold(obstacle, LookAgain);
        }

        var most = throttle.Take((int)Math.Min(room, DispatcherLimits.CurationStep), out var wait);
        if (most == 0)
        {
            _waits = null;
            return wait;
        }

        var before = _job.Progress.Events;
        try
        {
            return await StepAsync(live, dispatcher, most, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            throttle.Return(most - (int)(_job.Progress.Events - before));
        }
    }

    private async Task<TimeSpan> StepAsync(LiveDestination live, Dispatcher dispatcher, int most, CancellationToken cancellationToken)
    {
        await dispatcher.Curation.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var progress = _job.Progress;
            _source ??= _job.OfDeadLetters ? new LetterReplay(_job, Now.State) : new LogReplay(_job, Now, routes, live.Slot);
            var page = await _source.NextAsync(dispatcher, progress.Next, most, cancellationToken).ConfigureAwait(false);
            var step = new ReplayStep(_job.Id, progress.Events, page.Items, page.Next, page.Ends);
            var result = await dispatcher.Curation.ReplayAsync(step, cancellationToken).ConfigureAwait(false);
            if (result.Progress is not { } saved)
            {
                return Hold(result.Obstacle ?? "the destination is busy", LookAgain);
            }

            _job = _job with { Progress = saved };
            _waits = result.Obstacle;
            return saved.State == ReplayState.Running && page.Items.Count > 0 ? throttle.PauseFor(DispatcherLimits.CurationStep) : TimeSpan.Zero;
        }
        finally
        {
            await dispatcher.Curation.EndWatchAsync().ConfigureAwait(false);
            dispatcher.Curation.Gate.Release();
        }
    }

    private static string? ObstacleOf(LiveDestination live, Dispatcher dispatcher, long room) => live.Control switch
    {
        { DisabledReason: not null } => "the destination is disabled",
        { Paused: true } => "the destination is paused",
        _ when live.Breaker.State.Open => "the destination fails",
        _ when dispatcher.Fault is { } fault => fault,
        _ when room <= 0 => $"{DispatcherLimits.ReplayedWaiting} replayed events wait undelivered",
        _ => null,
    };

    private async Task<TimeSpan> AwayAsync(CancellationToken cancellationToken)
    {
        var known = await Now.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false);
        if (known.Any(record => record.Name == _job.Destination))
        {
            return Hold("the destination is not in the configuration", FailureDelay);
        }

        await EndAsync(ReplayState.Failed, "the destination was forgotten", cancellationToken).ConfigureAwait(false);
        return TimeSpan.Zero;
    }

    private async Task EndAsync(ReplayState state, string? reason, CancellationToken cancellationToken)
    {
        while (IsRunning)
        {
            var progress = _job.Progress with { State = state, FinishedAt = time.GetUtcNow(), Reason = reason };
            if (find(_job.Destination) is not { } live)
            {
                await Now.State.EndReplayAsync(_job.Id, progress, cancellationToken).ConfigureAwait(false);
            }
            else if (IsElsewhere)
            {
                throw GenerationMovedException.LeaseLost(partition);
            }
            else if (live.DispatcherOf(partition) is not { } dispatcher || !await dispatcher.Curation.EndReplayAsync(_job.Id, progress).ConfigureAwait(false))
            {
                await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            _job = _job with { Progress = progress };
        }
    }

    // What a dispatcher that has gone took last may have been saved or not. Before a new one begins, all its predecessor's saves are done.
    private async Task ReadBackAsync(CancellationToken cancellationToken)
    {
        var stored = await Now.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false);
        if (stored.FirstOrDefault(replay => replay.Id == _job.Id) is { } found)
        {
            _job = found;
        }
        else
        {
            // A storage that was rolled back forgot it.
            await Now.State.AddReplayAsync(_job, cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan Hold(string reason, TimeSpan wait)
    {
        _waits = reason;
        return wait;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.ReplayFailed, LogLevel.Error, "Replay {Replay} to {Destination} failed.")]
        public static partial void Failed(ILogger logger, Exception exception, string replay, string destination);
    }
}
