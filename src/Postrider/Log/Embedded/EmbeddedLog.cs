using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>The log of a single machine: segment files for events, SQLite for what changes.</summary>
internal sealed partial class EmbeddedLog : IEventLog
{
    private readonly LogLock _lock;
    private readonly LogHealth _health;
    private readonly SegmentSet _segments;
    private readonly GroupCommit _commit;
    private readonly StateDatabase _database;
    private readonly StateStore _store;
    private readonly SpaceGuard _space;
    private readonly RepeatWindow _repeats;
    private readonly RepeatStore _repeatStore;
    private readonly SegmentReader _reader;
    private readonly Truncator _truncator;
    private readonly LogUpkeep _upkeep;
    private bool _disposed;

    private EmbeddedLog(
        EmbeddedLogOptions options, LogFolder folder, LogLock @lock, RecoveredLog recovered, StateDatabase database,
        TimeProvider time, PostriderMetrics metrics, ILogger logger)
    {
        Id = recovered.LogId;
        _lock = @lock;
        _database = database;
        Audit = new EmbeddedAudit(database);
        _health = new LogHealth();
        _segments = new SegmentSet(recovered.Segments);
        _reader = new SegmentReader(_segments, Id, _health);
        _repeats = new RepeatWindow(options.RepeatBytes);
        _repeatStore = new RepeatStore(database, _repeats, time, logger);
        var writer = new SegmentWriter(options.Storage, folder, Id, _segments, recovered.Active!, options.SegmentBytes, time);
        _commit = new GroupCommit(writer, _repeats, _health, options, Id, _segments.Active.End, metrics, time, logger);
        EmbeddedPartition? partition = null;
        _store = new StateStore(database, (connection, position) => partition!.Find(connection, position));
        partition = new EmbeddedPartition(Id, _segments, _reader, _commit, database, _store);
        Partitions = [partition];
        _space = new SpaceGuard(options, folder, _segments, database, _store, _health, logger);
        var state = new StateTruncation(database, _store, _reader.Find);
        _truncator = new Truncator(options.Storage, folder, _segments, _commit, _store, state, _repeatStore, _space, options.Retain, time, logger);
        metrics.ObserveRepeats(() => _repeats.Usage);
        Records = new RecordRows(database);
        _upkeep = new LogUpkeep(_segments, _commit, _health, _space, _truncator, time, logger);
    }

    public string Id { get; }

    public IReadOnlyList<ILogPartition> Partitions { get; }

    public LogCondition Condition => _health.Condition;

    public IAuditStore Audit { get; }

    public bool HoldParking => _space.IsLow;

    public IRecordKeeper? Records { get; }

    /// <summary>For tests: the state's database.</summary>
    internal StateDatabase Database => _database;

    /// <summary>Opens the log in the folder, or makes one. Returns when all that it shows is on stable storage.</summary>
    /// <exception cref="LogUnusableException">In use, damaged, or not matching its state; the message says what to do.</exception>
    public static async Task<EmbeddedLog> OpenAsync(
        EmbeddedLogOptions options, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger<EmbeddedLog>();

        // Recovery reads files from end to end: not on the caller's thread.
        var log = await Task.Run(() => Open(options, time, metrics, logger), cancellationToken).ConfigureAwait(false);
        try
        {
            await log._store.OpenAsync(cancellationToken).ConfigureAwait(false);
            await log._database.WriteAsync(
                connection =>
                {
                    StateMeta.SetClosedAt(connection, null);
                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
            await log._repeatStore.LoadAsync(log._segments, log._reader, cancellationToken).ConfigureAwait(false);
            log._commit.Start(log.OnWritten);
            log._space.Decide();
            Log.Opened(logger, options.Path, log.Id, log._segments.First, log._segments.Active.End);
            return log;
        }
        catch
        {
            await log.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask AppendAsync(Event @event) => _commit.AppendAsync(@event);

    public ValueTask AppendAsync(IReadOnlyList<Event> events) => _commit.AppendAsync(events);

    public LogUsage GetUsage()
    {
        var (count, capacity, forgotten) = _repeats.Usage;
        return _space.GetUsage() with { Repeats = new RepeatUsage(count, capacity, forgotten) };
    }

    /// <summary>Measures and truncates now; how many segments went.</summary>
    internal Task<int> TruncateNowAsync(CancellationToken cancellationToken) => _upkeep.LookAsync(truncate: true, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;

        // The upkeep asks the writer for things: it ends first. What was taken is stored before its file and state are closed.
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        await Task.Run(_commit.Dispose).ConfigureAwait(false);
        _truncator.Dispose();
        try
        {
            // After a failed write the file may hold more than is known: then the next start had better look for itself.
            await _store.CloseAsync(_health.Condition.State is LogState.Failed ? null : _commit.DurableEnd).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Not marked as closed: the next start recovers as after a crash.
        }

        _store.Dispose();
        await _database.DisposeAsync().ConfigureAwait(false);
        foreach (var segment in _segments.All)
        {
            segment.Dispose();
        }

        _lock.Dispose();
    }

    private static EmbeddedLog Open(EmbeddedLogOptions options, TimeProvider time, PostriderMetrics metrics, ILogger logger)
    {
        var folder = new LogFolder(options.Path);
        try
        {
            Directory.CreateDirectory(folder.Root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogUnusableException($"The log's folder {folder.Root} cannot be made: {e.Message}", e);
        }

        var @lock = LogLock.Take(folder);
        StateDatabase? database = null;
        try
        {
            var recovered = new LogRecovery(options.Storage, folder, options.DeliverFrom, time, logger).Run();
            if (recovered.ReplaceState)
            {
                SetStateAside(folder, time, logger);
            }

            database = StateDatabase.Open(
                folder.State, recovered.LogId, recovered.Segments is [var first, ..] ? first.First : 1, FindBegin(recovered.Segments, options.DeliverFrom));
            return new EmbeddedLog(options, folder, @lock, WithSegment(recovered, options, folder, time), database, time, metrics, logger);
        }
        catch (Exception e)
        {
            database?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            @lock.Dispose();
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new LogUnusableException($"The log in {folder.Root} cannot be opened: {e.Message}", e);
            }

            throw;
        }
    }

    private static long? FindBegin(IReadOnlyList<Segment> segments, DeliverFrom? from) =>
        segments.Count == 0 ? null
        : from switch
        {
            DeliverFrom.Oldest => segments[0].First,
            DeliverFrom.Tail => segments[^1].End,
            _ => null,
        };

    // A new log. Its state stands first: a segment without state is what a lost state looks like.
    private static RecoveredLog WithSegment(RecoveredLog recovered, EmbeddedLogOptions options, LogFolder folder, TimeProvider time)
    {
        if (recovered.Segments.Count > 0)
        {
            return recovered;
        }

        options.Storage.SyncDirectory(folder.Root);
        var segment = SegmentWriter.Create(options.Storage, folder, new SegmentHeader(1, time.GetUtcNow(), recovered.LogId), out var file);
        segment.Attach(file);
        return recovered with { Segments = [segment], Active = file };
    }

    private static void SetStateAside(LogFolder folder, TimeProvider time, ILogger logger)
    {
        var kept = $"{folder.State}.replaced-{time.GetUtcNow():yyyyMMddHHmmss}";
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(folder.State + suffix))
            {
                File.Move(folder.State + suffix, kept + suffix, overwrite: true);
            }
        }

        Log.StateReplaced(logger, kept);
    }

    private void OnWritten(long bytes)
    {
        if (_space.Written(bytes))
        {
            _upkeep.Wish();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogOpened, LogLevel.Information, "The log in {Path} is open: id {LogId}, positions {First} to {End}.")]
        public static partial void Opened(ILogger logger, string path, string logId, long first, long end);

        [LoggerMessage(LogEvents.LogStateReplaced, LogLevel.Warning, "Delivery begins anew, as told; the old state is kept in {Kept}.")]
        public static partial void StateReplaced(ILogger logger, string kept);
    }
}
