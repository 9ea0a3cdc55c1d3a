using System.Buffers;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>
/// Appends: requests frame their events into the batch that is open, under a short lock; one thread takes the batch, writes it, syncs it,
/// publishes the durable end, tells the listener and completes all its requests at once.
/// </summary>
internal sealed partial class GroupCommit : IDisposable
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FailedRetryAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly ChunkPool _chunks = new();
    private readonly SegmentWriter _writer;
    private readonly WriterCommands _commands;
    private readonly RepeatWindow _repeats;
    private readonly LogHealth _health;
    private readonly LingerRule _linger;
    private readonly CommitPublisher _publisher;
    private readonly PostriderMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly string _logId;
    private readonly uint _seed;
    private readonly long _maxUnsynced;

    private AppendBatch _open;
    private long _next;
    private long _inFlight;
    private bool _waiting;
    private int _most;
    private int _enough = 1;
    private bool _closing;
    private Action<long>? _written;

    public GroupCommit(
        SegmentWriter writer, RepeatWindow repeats, LogHealth health, EmbeddedLogOptions options, string logId, long end,
        PostriderMetrics metrics, TimeProvider time, ILogger logger)
    {
        _writer = writer;
        _commands = new WriterCommands(writer);
        _repeats = repeats;
        _health = health;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _logId = logId;
        _seed = Crc32C.Seed(logId);
        _maxUnsynced = options.MaxUnsyncedBytes;
        _linger = new LingerRule(options.MaxLinger, time.TimestampFrequency);
        _next = end;
        _publisher = new CommitPublisher(end, logger);
        _open = new AppendBatch(end, 16, _chunks);
        _thread = new Thread(Run) { Name = "postrider-log", IsBackground = true };
    }

    public long DurableEnd => _publisher.DurableEnd;

    /// <summary>Starts the writer. <paramref name="written"/> is told, on its thread, how many bytes each batch took.</summary>
    public void Start(Action<long> written)
    {
        _written = written;
        _thread.Start();
    }

    public void Listen(Action<CommittedBatch> listener) => _publisher.Listen(listener);

    public ValueTask AppendAsync(Event @event)
    {
        var checksum = AppendBatch.Measure(_seed, @event);
        var length = RecordFrame.HeaderLength + @event.Bytes.Length;
        lock (_lock)
        {
            if (Refuse(length) is { } refusal)
            {
                return ValueTask.FromException(refusal);
            }

            return Frame(@event, checksum) ? new ValueTask(Wake()) : ValueTask.CompletedTask;
        }
    }

    public ValueTask AppendAsync(IReadOnlyList<Event> events)
    {
        if (events.Count == 0)
        {
            return ValueTask.CompletedTask;
        }

        var checksums = ArrayPool<uint>.Shared.Rent(events.Count);
        try
        {
            long length = 0;
            for (var i = 0; i < events.Count; i++)
            {
                checksums[i] = AppendBatch.Measure(_seed, events[i]);
                length += RecordFrame.HeaderLength + events[i].Bytes.Length;
            }

            lock (_lock)
            {
                if (Refuse(length) is { } refusal)
                {
                    return ValueTask.FromException(refusal);
                }

                var mustWait = false;
                for (var i = 0; i < events.Count; i++)
                {
                    mustWait |= Frame(events[i], checksums[i]);
                }

                return mustWait ? new ValueTask(Wake()) : ValueTask.CompletedTask;
            }
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(checksums);
        }
    }

    /// <summary>Runs on the writer's thread, between two batches.</summary>
    public Task<T> RunAsync<T>(Func<SegmentWriter, T> command)
    {
        var done = _commands.Enqueue(command);
        _work.Set();
        return done;
    }

    /// <summary>Refuses new events, stores those that were taken, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closing = true;
        }

        _work.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _writer.Close();
        _work.Dispose();
    }

    private LogUnavailableException? Refuse(long length)
    {
        if (_closing)
        {
            return new LogUnavailableException("The log is closing.", BusyRetryAfter);
        }

        var pending = _inFlight + _open.Bytes;
        if (pending + length > _maxUnsynced && pending > 0)
        {
            return new LogUnavailableException($"The disk does not keep up: {pending} bytes wait to be synced.", BusyRetryAfter);
        }

        return _health.Refuse();
    }

    /// <summary>Whether it must wait for the open batch: all but a repeat of an event that is durable already.</summary>
    private bool Frame(Event @event, uint checksum)
    {
        if (@event.RepeatKey is { } key && _repeats.FindOrAdd(key, @event.ReceivedAt, _next) is { } first)
        {
            // A twin of an event on its way waits for the batch that is open now: it is written after the first one's, or fails with it.
            @event.RepeatOf(_logId, new LogPosition(0, 0, first.Position), first.Body == key.Body);
            return first.Position >= DurableEnd;
        }

        @event.PlaceAt(_logId, new LogPosition(0, 0, _next++));
        _open.Add(@event, checksum);
        return true;
    }

    // Under the lock, so that it cannot come after the end of the log. The writer only sleeps while there is too little to do.
    private Task Wake()
    {
        var stored = _open.Join();
        if (_waiting && _open.Requests >= _enough)
        {
            _waiting = false;
            _work.Set();
        }

        return stored;
    }

    private void Run()
    {
        while (WaitForWork())
        {
            _commands.Run();
            Linger();
            if (Take() is { } batch)
            {
                Commit(batch);
            }
        }
    }

    /// <summary>
    /// Waits for half as many requests as were stored together of late, at most a millisecond: while one half of the clients waits for the
    /// disk, the other is answered and asks again. Else the first to come would be written alone, and the others would wait for two syncs.
    /// </summary>
    /// <returns>False when closed and drained.</returns>
    private bool WaitForWork()
    {
        while (true)
        {
            bool gathers;
            lock (_lock)
            {
                if (_open.Requests >= _enough || !_commands.IsEmpty || (_closing && _open.Requests > 0))
                {
                    return true;
                }

                if (_closing)
                {
                    return false;
                }

                _waiting = true;
                gathers = _enough > 1;
            }

            if (!_work.WaitOne(gathers ? LongestGathering : Timeout.InfiniteTimeSpan))
            {
                lock (_lock)
                {
                    _waiting = false;
                    Expect(0);
                }
            }
        }
    }

    // Under the lock. Those who do not come again are forgotten within a few batches.
    private void Expect(int most)
    {
        _most = most;
        _enough = Math.Max(1, most / 2);
    }

    // Real time on purpose: this waits for other threads, not for a date. The end of the log and commands cut it short.
    private void Linger()
    {
        var wait = _linger.Next(_time.GetTimestamp(), Volatile.Read(ref _next));
        if (wait > TimeSpan.Zero)
        {
            _work.WaitOne(wait);
        }
    }

    private AppendBatch? Take()
    {
        lock (_lock)
        {
            if (_open.Requests == 0)
            {
                return null;
            }

            var batch = _open;
            _inFlight = batch.Bytes;
            _open = new AppendBatch(_next, Math.Min(batch.Events.Count, 1024), _chunks);
            Expect(Math.Max(batch.Requests, _most - (_most / 8) - 1));
            return batch;
        }
    }

    private void Commit(AppendBatch batch)
    {
        if (batch.Events.Count == 0)
        {
            // Only twins of events that the batch before it has made durable.
            batch.Complete();
            return;
        }

        var started = _time.GetTimestamp();
        try
        {
            _writer.Write(batch);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(batch, e);
            return;
        }

        batch.Release();
        lock (_lock)
        {
            _inFlight = 0;
        }

        var duration = _time.GetElapsedTime(started);
        _linger.Wrote(batch.Events.Count, duration);
        _publisher.Publish(batch);
        _metrics.Committed(duration, batch.Events.Count);
        _written?.Invoke(batch.Bytes);
    }

    /// <summary>Nothing of the batch, nor of what was framed behind it, is stored: their positions are given again.</summary>
    private void Fail(AppendBatch batch, Exception cause)
    {
        AppendBatch behind;
        lock (_lock)
        {
            behind = _open;
            Rewind();
            _inFlight = 0;
            _open = new AppendBatch(_next, 16, _chunks);
            if (StorageErrors.IsOutOfSpace(cause))
            {
                _health.SetWriterFull("The disk is full. Appends go on when there is space again.");
            }
        }

        Log.WriteFailed(_logger, cause, batch.Events.Count + behind.Events.Count);
        var recovered = Recover();
        var failure = new LogUnavailableException($"The log could not be written: {cause.Message}", FailedRetryAfter, cause);
        foreach (var lost in (ReadOnlySpan<AppendBatch>)[batch, behind])
        {
            lost.Release();
            lost.Fail(failure);
        }

        if (!recovered)
        {
            FailOpen(failure);
        }
    }

    // Under the lock.
    private void Rewind()
    {
        _next = DurableEnd;
        _repeats.RemoveFrom(_next);
    }

    private bool Recover()
    {
        try
        {
            _writer.Recover();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (StorageErrors.IsOutOfSpace(e))
            {
                _health.SetWriterFull("The disk is full. Appends go on when there is space again.");
                return false;
            }

            Log.RollFailed(_logger, e);
            _health.Fail($"The log cannot be written: {e.Message}. Mend the disk and restart.");
            return false;
        }
    }

    // Events that were framed while the writer tried to recover.
    private void FailOpen(LogUnavailableException failure)
    {
        AppendBatch open;
        lock (_lock)
        {
            open = _open;
            Rewind();
            _open = new AppendBatch(_next, 16, _chunks);
        }

        open.Release();
        open.Fail(failure);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogWriteFailed, LogLevel.Error, "The log could not be written; {Events} events were refused.")]
        public static partial void WriteFailed(ILogger logger, Exception exception, int events);

        [LoggerMessage(LogEvents.LogRollFailed, LogLevel.Critical, "After a failed write no new segment could be begun: the log takes no events until a restart.")]
        public static partial void RollFailed(ILogger logger, Exception exception);
    }
}
