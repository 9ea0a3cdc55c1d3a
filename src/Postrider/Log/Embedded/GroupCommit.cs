using System.Buffers;
using System.Collections.Concurrent;
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

    private readonly Lock _lock = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly ChunkPool _chunks = new();
    private readonly SegmentWriter _writer;
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
    private bool _closing;
    private Action<long>? _written;

    public GroupCommit(SegmentWriter writer, LogHealth health, EmbeddedLogOptions options, string logId, long end, PostriderMetrics metrics, TimeProvider time, ILogger logger)
    {
        _writer = writer;
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
        var checksum = Measure(@event);
        var length = RecordFrame.HeaderLength + @event.Bytes.Length;
        lock (_lock)
        {
            if (Refuse(length) is { } refusal)
            {
                return ValueTask.FromException(refusal);
            }

            Frame(@event, checksum);
            return new ValueTask(Wake());
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
                checksums[i] = Measure(events[i]);
                length += RecordFrame.HeaderLength + events[i].Bytes.Length;
            }

            lock (_lock)
            {
                if (Refuse(length) is { } refusal)
                {
                    return ValueTask.FromException(refusal);
                }

                for (var i = 0; i < events.Count; i++)
                {
                    Frame(events[i], checksums[i]);
                }

                return new ValueTask(Wake());
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
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() =>
        {
            try
            {
                done.SetResult(command(_writer));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                done.SetException(e);
            }
        });
        _work.Set();
        return done.Task;
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

    private uint Measure(Event @event)
    {
        if (@event.Bytes.Length > RecordFrame.MaxPayloadLength)
        {
            throw new ArgumentException($"An event of {@event.Bytes.Length} bytes is larger than the log takes ({RecordFrame.MaxPayloadLength}).", nameof(@event));
        }

        // Outside the lock, because it is the longest part of an append.
        return RecordFrame.ChecksumPayload(_seed, @event.Bytes);
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

    private void Frame(Event @event, uint checksum)
    {
        @event.PlaceAt(_logId, new LogPosition(0, 0, _next++));
        _open.Add(@event, checksum);
    }

    // Under the lock, so that it cannot come after the end of the log. The writer only sleeps when there is nothing to do.
    private Task Wake()
    {
        if (_waiting)
        {
            _waiting = false;
            _work.Set();
        }

        return _open.Join();
    }

    private void Run()
    {
        while (WaitForWork())
        {
            while (_commands.TryDequeue(out var command))
            {
                command();
            }

            Linger();
            if (Take() is { } batch)
            {
                Commit(batch);
            }
        }
    }

    /// <summary>False when closed and drained.</summary>
    private bool WaitForWork()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_open.Events.Count > 0 || !_commands.IsEmpty)
                {
                    return true;
                }

                if (_closing)
                {
                    return false;
                }

                _waiting = true;
            }

            _work.WaitOne();
        }
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
            if (_open.Events.Count == 0)
            {
                return null;
            }

            var batch = _open;
            _inFlight = batch.Bytes;
            _open = new AppendBatch(_next, Math.Min(batch.Events.Count, 1024), _chunks);
            return batch;
        }
    }

    private void Commit(AppendBatch batch)
    {
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
            _next = DurableEnd;
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
            _next = DurableEnd;
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
