using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>
/// Appends to the partitions of one server: requests gather while a script call is in flight, and the next call takes them all. What a call
/// costs (its way there and back, the wake-ups on both sides) is several times what an event costs, so partitions share it where they can.
/// In a cluster each partition has one of its own.
/// </summary>
/// <param name="connection">Where.</param>
/// <param name="options">The log's.</param>
/// <param name="member">Who appends.</param>
/// <param name="first">The number of the partition, or of the first of all.</param>
/// <param name="health">Says whether events are taken.</param>
/// <param name="memory">Says how many repeat keys there is room for.</param>
/// <param name="budget">Of the bytes that wait, shared by all.</param>
/// <param name="metrics">Told of what was stored.</param>
/// <param name="logger">Told of unknown outcomes.</param>
internal sealed partial class StreamAppender(
    RedisConnection connection, RedisLogOptions options, string member, int first, RedisHealth health, MemoryGuard memory, AppendBudget budget, PostriderMetrics metrics, ILogger logger)
{
    // Redis is busy for about 5 µs an event: 10 ms at most, in which it answers nobody else.
    private const int MaxCallEvents = 2000;
    private const long MaxCallBytes = 1 << 20;

    // Milliseconds by which Redis' clock and ours may be read apart.
    private const long ClockMargin = 20;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    // While a slot moves, or a cluster has yet to agree on who serves it.
    private static readonly TimeSpan SlotPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestReplicaWait = TimeSpan.FromSeconds(1);

    private readonly RedisValue _nudges = options.NudgeChannel;
    private readonly Lock _lock = new();
    private readonly Queue<AppendCall> _full = new();
    private AppendCall _open = new();
    private Task _pump = Task.CompletedTask;
    private bool _running;
    private bool _closing;

    /// <summary>A call is under way: its answer will tell the ends.</summary>
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

    public Task AppendAsync(PartitionHost host, Event @event)
    {
        long bytes = @event.Memory.Length;
        if ((health.Refuse(first) ?? budget.Take(bytes)) is { } refusal)
        {
            return Task.FromException(refusal);
        }

        lock (_lock)
        {
            if (_closing)
            {
                return RefuseAsync(bytes);
            }

            MakeRoom(bytes, 1);
            _open.Add(host, @event);
            return Join();
        }
    }

    /// <summary>Appends a group: nothing of another client comes between its events of one partition.</summary>
    public Task AppendAsync(Func<Event, PartitionHost> hostOf, IReadOnlyList<Event> events)
    {
        var bytes = events.Sum(static @event => (long)@event.Memory.Length);
        if ((health.Refuse(first) ?? budget.Take(bytes)) is { } refusal)
        {
            return Task.FromException(refusal);
        }

        lock (_lock)
        {
            if (_closing)
            {
                return RefuseAsync(bytes);
            }

            MakeRoom(bytes, events.Count);
            foreach (var @event in events)
            {
                _open.Add(hostOf(@event), @event);
            }

            return Join();
        }
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

    private Task RefuseAsync(long bytes)
    {
        budget.Return(bytes);
        return Task.FromException(new LogUnavailableException("The log is closing.", BusyRetryAfter));
    }

    // A group is never parted: another gateway's events could come between.
    private void MakeRoom(long bytes, int events)
    {
        if (_open.Events > 0 && (_open.Bytes + bytes > MaxCallBytes || _open.Events + events > MaxCallEvents))
        {
            _full.Enqueue(_open);
            _open = new AppendCall();
        }
    }

    private Task Join()
    {
        var stored = _open.Hearings.Join();
        if (!_running)
        {
            _running = true;
            _pump = Task.Run(RunAsync);
        }

        return stored;
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

            if (_open.Events == 0)
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
            var left = timeout - (Environment.TickCount64 - sent);
            AppendAnswer answer;
            int replicas;
            try
            {
                (answer, replicas) = await CallAsync(call, left).ConfigureAwait(false);
            }
            catch (RedisException e) when (connection.IsCluster && RedisErrors.IsOfSlot(e) && Environment.TickCount64 - sent < timeout)
            {
                // Not run: its keys are on their way to another server, or are there already.
                await Task.Delay(SlotPause, TimeProvider.System).ConfigureAwait(false);
                continue;
            }
            catch (Exception e) when (RedisErrors.IsUnknown(e))
            {
                Log.OutcomeUnknown(logger, call.Events, call.Parts.Count, RedisErrors.Describe(e));
                _ = FinishAfterDeadlineAsync(call, sent + timeout, RedisErrors.Unavailable(e));
                return;
            }

            if (answer.Moved is { } moved)
            {
                await FollowAsync(call.Parts[moved].Host).ConfigureAwait(false);
                throw new LogUnavailableException("Redis was restarted or replaced; the event was not stored.", BusyRetryAfter);
            }

            foreach (var part in call.Parts)
            {
                part.Host.Clock.Saw(answer.Now);
            }

            if (answer.IsLate)
            {
                // Redis' clock was another than thought: it is known now.
                if (Environment.TickCount64 - sent < timeout)
                {
                    continue;
                }

                throw new LogUnavailableException("Redis took the append too late to store it.", BusyRetryAfter);
            }

            await CompleteAsync(call, answer, replicas).ConfigureAwait(false);
            metrics.Committed(TimeSpan.FromMilliseconds(Environment.TickCount64 - sent), call.Events);
            return;
        }
    }

    private static async Task FollowAsync(PartitionHost host)
    {
        try
        {
            await host.LookAsync().ConfigureAwait(false);
        }
        catch (LogUnusableException e)
        {
            // The log's condition names it from here on, and refuses by itself.
            throw new LogUnavailableException(e.Message, BusyRetryAfter, e);
        }
    }

    private async Task<(AppendAnswer Answer, int Replicas)> CallAsync(AppendCall call, long timeout)
    {
        foreach (var part in call.Parts)
        {
            part.Look();
        }

        var values = AppendAnswer.Ask(call.Parts[0].Host.Clock.Now + timeout, _nudges, member, memory.RepeatsOfPartition, call.Parts);
        var patience = TimeSpan.FromMilliseconds(Math.Max(1, timeout));
        var keys = AppendAnswer.Keys(call.Parts);
        if (options.Replicas == 0)
        {
            return (AppendAnswer.Read(await connection.RunAsync(RedisScripts.Append, keys, values).WaitAsync(patience, TimeProvider.System).ConfigureAwait(false)), 0);
        }

        // On one server, wherever the key's slot goes meanwhile and whoever becomes master: the replicas that are waited for must be those of the server
        // that stores. Right behind it on the same connection, so that Redis waits for them to have it.
        var server = connection.ServerOf(keys[0]);
        try
        {
            return await RunAsync("EVALSHA", RedisScripts.AppendHash).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (RedisErrors.IsOfScript(e))
        {
            return await RunAsync("EVAL", RedisScripts.Append).ConfigureAwait(false);
        }

        async Task<(AppendAnswer, int)> RunAsync(string command, string script)
        {
            var running = connection.RunOnAsync(server, command, script, keys, values);
            var replicas = WaitForReplicasAsync(server, patience);
            var answer = await running.WaitAsync(patience, TimeProvider.System).ConfigureAwait(false);
            return (AppendAnswer.Read(answer), await replicas.ConfigureAwait(false));
        }
    }

    private async Task<int> WaitForReplicasAsync(IServer server, TimeSpan patience)
    {
        var most = patience < LongestReplicaWait ? patience : LongestReplicaWait;
        try
        {
            return (int)await server.ExecuteAsync("WAIT", [options.Replicas, (int)most.TotalMilliseconds])
                .WaitAsync(patience + LongestReplicaWait, TimeProvider.System).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            return 0;
        }
    }

    private async Task CompleteAsync(AppendCall call, AppendAnswer answer, int replicas)
    {
        for (var i = 0; i < call.Parts.Count; i++)
        {
            var part = call.Parts[i];
            var stored = answer.Place(i, part, out var first);
            part.Partition.Sized(part.Bytes, part.Events.Count, part.Largest);
            if (stored.Count > 0)
            {
                part.Reading.Tail.Offer(first, stored);
            }
        }

        Finish(call, replicas < options.Replicas
            ? new LogUnavailableException($"Only {replicas} of {options.Replicas} replicas have the event.", BusyRetryAfter)
            : null);

        // Before the next call: else a reader would hunt an end that moves on.
        var behind = call.Parts.Where(static part => part.Reading.Tail.IsBehind).Select(static part => CatchUpAsync(part.Reading)).ToList();
        await Task.WhenAll(behind).ConfigureAwait(false);
    }

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
        [LoggerMessage(LogEvents.RedisAppendUnknown, LogLevel.Warning, "Whether {Events} events of {Partitions} partitions were stored is unknown; their clients are told to try again. {Reason}")]
        public static partial void OutcomeUnknown(ILogger logger, int events, int partitions, string reason);
    }
}
