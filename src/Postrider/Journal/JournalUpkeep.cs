using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Log;

namespace Postrider.Journal;

/// <summary>Gathers figures every five seconds and keeps the journal once a minute, until it is disposed.</summary>
internal sealed partial class JournalUpkeep(
    DeliveryJournal journal, IFigureSource source, IRecordKeeper? keeper, Func<bool> mayKeep, TimeProvider time, ILogger<JournalUpkeep> logger) : IAsyncDisposable
{
    private const int StepsToKeep = 60 / FigureHistory.FineStep;

    // Dispatchers that were woken have had their round by then.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(FigureHistory.FineStep);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private long? _last;
    private IReadOnlyList<RecordKey> _unreadable = [];
    private bool _keepFails;
    private bool _disposed;

    /// <summary>Takes over what was kept; before anything new is. What cannot be read is begun anew.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (keeper is not null)
        {
            IReadOnlyList<KeptRecord> records = [];
            try
            {
                records = await keeper.LoadAsync(cancellationToken).ConfigureAwait(false);
                journal.Figures.Load(records);
                journal.Attempts.Load(records);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
            {
                _unreadable = [.. records.Select(record => record.Key)];
                Log.LoadFailed(logger, exception);
            }
        }
    }

    public void Start()
    {
        _last = time.GetTimestamp();
        _running = RunAsync();
    }

    /// <summary>Gathers what happened since the last time.</summary>
    public async Task GatherAsync(CancellationToken cancellationToken)
    {
        if (_last is not { } last)
        {
            // It never began.
            return;
        }

        var row = new FigureRow { Start = 0, Length = FigureHistory.FineStep };
        await source.ReadAsync(row, cancellationToken).ConfigureAwait(false);
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(last, now);
        _last = now;
        if (elapsed > TimeSpan.Zero)
        {
            journal.Figures.Add(time.GetUtcNow(), elapsed, row);
        }
    }

    /// <summary>Keeps what has changed. Where that fails, it is kept the next time.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (keeper is null || !mayKeep())
        {
            return;
        }

        await source.KeepNewestAsync(null, cancellationToken).ConfigureAwait(false);
        var figures = journal.Figures.TakeChanges();
        var (written, removed) = journal.Attempts.TakeChanges();
        try
        {
            await keeper.SaveAsync([.. figures.Written, .. written], [.. _unreadable, .. figures.Removed, .. removed], cancellationToken).ConfigureAwait(false);
            _unreadable = [];
            _keepFails = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException or OperationCanceledException)
        {
            journal.Figures.Untake(figures);
            journal.Attempts.Untake(written, removed);
            if (!_keepFails && !cancellationToken.IsCancellationRequested)
            {
                Log.KeepFailed(logger, exception);
            }

            _keepFails = true;
        }
    }

    /// <summary>Ends the gathering with a last look, while those who deliver still answer.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        try
        {
            await GatherAsync(cancellationToken).ConfigureAwait(false);
            await source.KeepNewestAsync(null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What people look back at must not get in the way of a stop.
            Log.GatherFailed(logger, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var steps = 0;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(UntilNextStep(), time, _stopping.Token).ConfigureAwait(false);
                source.Prepare();
                await Task.Delay(Settling, time, _stopping.Token).ConfigureAwait(false);
                await GatherAsync(_stopping.Token).ConfigureAwait(false);
                if (++steps % StepsToKeep == 0)
                {
                    await KeepAsync(_stopping.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // Looking at delivery must not end because one look failed.
                Log.GatherFailed(logger, exception);
            }
        }
    }

    // Steps begin where the clock shows whole fives, whatever is done to the clock.
    private TimeSpan UntilNextStep()
    {
        var rest = TimeSpan.FromTicks(Step.Ticks - (time.GetUtcNow().Ticks % Step.Ticks));
        return rest < Shortest ? rest + Step : rest;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.JournalUnreadable, LogLevel.Warning, "The history and the attempts that were kept cannot be read; they begin anew.")]
        public static partial void LoadFailed(ILogger logger, Exception exception);

        [LoggerMessage(LogEvents.JournalNotKept, LogLevel.Warning, "The history could not be kept; it is tried again every minute. A restart would lose what came since.")]
        public static partial void KeepFailed(ILogger logger, Exception exception);

        [LoggerMessage(LogEvents.JournalGatherFailed, LogLevel.Error, "The figures of a moment could not be gathered.")]
        public static partial void GatherFailed(ILogger logger, Exception exception);
    }
}
