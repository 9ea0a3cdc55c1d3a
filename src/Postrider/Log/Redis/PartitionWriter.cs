using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Appends to one partition: requests gather while a script call is in flight, and the next call takes them all.</summary>
internal sealed partial class PartitionWriter(
    PartitionHost host, RedisConnection connection, RedisLogOptions options, string member, RedisHealth health, AppendBudget budget, PostriderMetrics metrics, ILogger logger)
{
    // Redis is busy for about 5 µs an event: 10 ms at most, in which it answers nobody else.
    private const int MaxCallEvents = 2000;
    private const long MaxCallBytes = 1 << 20;

    // Milliseconds by which Redis' clock and ours may be read apart.
    private const long ClockMargin = 20;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestReplicaWait = TimeSpan.FromSeconds(1);

    private readonly RedisKey[] _keys = [host.Keys.Meta, host.Keys.Log, host.Keys.Repeats, host.Keys.RepeatEnds];
    private readonly RedisValue _nudges = options.NudgeChannel;
    private readonly Lock _lock = new();
    private readonly Queue<AppendCall> _full = new();
    private AppendCall _open = new();
    private Task _pump = Task.CompletedTask;
    private bool _running;
    private bool _closing;

    /// <summary>A call is under way: its answer will tell the end.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_lock)
            {
                return _running;
            }
        }
    }

    public Task AppendAsync(Event @event) => AppendAsync(@event, null, @event.Memory.Length);

    public Task AppendAsync(IReadOnlyList<Event> events)
    {
        long bytes = 0;
        foreach (var @event in events)
        {
            bytes += @event.Memory.Length;
        }

        return AppendAsync(null, events, bytes);
    }

    /// <summary>Refuses new events, and returns when those that were taken have their answer.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closing = true;
            return _pump;
        }
    }

    private Task AppendAsync(Event? single, IReadOnlyList<Event>? group, long bytes)
    {
        if ((health.Refuse() ?? budget.Take(bytes)) is { } refusal)
        {
            return Task.FromException(refusal);
        }

        lock (_lock)
        {
            if (_closing)
            {
                budget.Return(bytes);
                return Task.FromException(new LogUnavailableException("The log is closing.", BusyRetryAfter));
            }

            // A group is never parted: another gateway's events could come between.
            if (_open.Events.Count > 0 && (_open.Bytes + bytes > MaxCallBytes || _open.Events.Count + (group?.Count ?? 1) > MaxCallEvents))
            {
                _full.Enqueue(_open);
                _open = new AppendCall();
            }

            if (single is not null)
            {
                _open.Add(single);
            }

            foreach (var @event in group ?? [])
            {
                _open.Add(@event);
            }

            var stored = _open.Hearings.Join();
            if (!_running)
            {
                _running = true;
                _pump = Task.Run(RunAsync);
            }

            return stored;
        }
    }

    private async Task RunAsync()
    {
        while (Take() is { } call)
        {
            try
            {
                await SendAsync(call).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever went wrong, its clients must hear of it and the next calls must go out.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Finish(call, RedisErrors.IsStorage(e) ? RedisErrors.Unavailable(e) : e);
            }
        }
    }

    private AppendCall? Take()
    {
        lock (_lock)
        {
            if (_full.TryDequeue(out var full))
            {
                return full;
            }

            if (_open.Events.Count == 0)
            {
                _running = false;
                return null;
            }

            var call = _open;
            _open = new AppendCall();
            return call;
        }
    }

    private async Task SendAsync(AppendCall call)
    {
        var sent = Environment.TickCount64;
        var timeout = (long)options.AppendTimeout.TotalMilliseconds;
        while (true)
        {
            var partition = host.Current;
            var left = timeout - (Environment.TickCount64 - sent);
            AppendAnswer answer;
            try
            {
                answer = await CallAsync(partition, call, left).ConfigureAwait(false);
            }
            catch (Exception e) when (RedisErrors.IsUnknown(e))
            {
                Log.OutcomeUnknown(logger, host.Number, call.Events.Count, RedisErrors.Describe(e));
                _ = FinishAfterDeadlineAsync(call, sent + timeout, RedisErrors.Unavailable(e));
                return;
            }

            if (answer.HasMoved)
            {
                await host.LookAsync().ConfigureAwait(false);
                throw new LogUnavailableException("Redis was restarted or replaced; the event was not stored.", BusyRetryAfter);
            }

            host.Clock.Saw(answer.Now);
            if (answer.IsLate)
            {
                // Redis' clock was another than thought: it is known now.
                if (Environment.TickCount64 - sent < timeout)
                {
                    continue;
                }

                throw new LogUnavailableException("Redis took the append too late to store it.", BusyRetryAfter);
            }

            await CompleteAsync(partition, call, answer).ConfigureAwait(false);
            metrics.Committed(TimeSpan.FromMilliseconds(Environment.TickCount64 - sent), call.Events.Count);
            return;
        }
    }

    private async Task<AppendAnswer> CallAsync(RedisPartition partition, AppendCall call, long timeout)
    {
        var values = AppendAnswer.Ask(partition.Generation, host.Clock.Now + timeout, _nudges, member, host.Number, call.Events);
        var patience = TimeSpan.FromMilliseconds(Math.Max(1, timeout));
        var running = connection.RunAsync(RedisScripts.Append, _keys, values);

        // Right behind it on the same connection, so that Redis waits for the replicas to have it.
        var replicas = options.Replicas > 0 ? WaitForReplicasAsync(patience) : null;
        var answer = await running.WaitAsync(patience, TimeProvider.System).ConfigureAwait(false);
        return AppendAnswer.Read(answer, replicas is null ? 0 : await replicas.ConfigureAwait(false));
    }

    private async Task<int> WaitForReplicasAsync(TimeSpan patience)
    {
        var most = patience < LongestReplicaWait ? patience : LongestReplicaWait;
        try
        {
            return (int)await connection.ServerOf(host.Keys.Meta).ExecuteAsync("WAIT", [options.Replicas, (int)most.TotalMilliseconds])
                .WaitAsync(patience + LongestReplicaWait, TimeProvider.System).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            return 0;
        }
    }

    private async Task CompleteAsync(RedisPartition partition, AppendCall call, AppendAnswer answer)
    {
        var stored = answer.Place(call.Events, host.LogId, host.Number, partition.Generation);
        partition.Sized(call.Bytes, call.Events.Count, call.Largest);

        // Meanwhile the partition may have got another owner: its new reader hears of them too.
        var reading = host.Current.Generation == partition.Generation ? host.Current : partition;
        if (stored.Count > 0)
        {
            reading.Tail.Offer(answer.First, stored);
        }

        Finish(call, answer.Replicas < options.Replicas
            ? new LogUnavailableException($"Only {answer.Replicas} of {options.Replicas} replicas have the event.", BusyRetryAfter)
            : null);
        if (reading.Tail.IsBehind)
        {
            await CatchUpAsync(reading).ConfigureAwait(false);
        }
    }

    // Before the next call: else a reader would hunt an end that moves on.
    private static async Task CatchUpAsync(RedisPartition partition)
    {
        try
        {
            await partition.CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LogUnavailableException or GenerationMovedException or LogCorruptException or NewerEnvelopeException)
        {
            // The poll goes on with it, and the log's condition says what is wrong.
        }
    }

    // Until its deadline Redis may still store it. A client that repeats, or goes on, must not find its old event behind its new ones.
    private async Task FinishAfterDeadlineAsync(AppendCall call, long deadline, LogUnavailableException failure)
    {
        var left = deadline + ClockMargin - Environment.TickCount64;
        if (left > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(left), TimeProvider.System).ConfigureAwait(false);
        }

        Finish(call, failure);
    }

    private void Finish(AppendCall call, Exception? failure)
    {
        if (call.TryFinish(failure))
        {
            budget.Return(call.Bytes);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisAppendUnknown, LogLevel.Warning, "Partition {Partition}: whether {Events} events were stored is unknown; their clients are told to try again. {Reason}")]
        public static partial void OutcomeUnknown(ILogger logger, int partition, int events, string reason);
    }
}
