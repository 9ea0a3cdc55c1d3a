using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The log of several machines: events in Redis Streams, what changes beside them, each partition in one slot.</summary>
internal sealed partial class RedisLog : IEventLog
{
    private static readonly TimeSpan OpenRetry = TimeSpan.FromMilliseconds(500);

    private readonly RedisConnection _connection;
    private readonly RedisHealth _health;
    private readonly MemoryGuard _memory;
    private readonly PartitionHost[] _hosts;
    private readonly StreamAppender[] _appenders;
    private readonly StreamTrimmer[] _trimmers;
    private readonly RepeatPurge[] _purges;
    private readonly PartitionWatch[] _watches;
    private readonly RedisUpkeep _upkeep;
    private readonly RedisSharing? _sharing;
    private readonly LeaseKeeper _leases;
    private readonly RedisChannel _nudges;
    private int _turn;
    private bool _disposed;

    private RedisLog(
        string id, RedisConnection connection, RedisHealth health, MemoryGuard memory, PartitionHost[] hosts, RedisLogOptions options, RedisTime time, PostriderMetrics metrics, ILogger logger)
    {
        Id = id;
        Audit = new RedisAudit(connection, options.Prefix);
        (_connection, _health, _memory, _hosts) = (connection, health, memory, hosts);
        Time = time;

        // Of this object's lifetime, not of the configuration: two processes must not take each other for themselves.
        var member = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        var budget = new AppendBudget(options.MaxWaitingBytes);

        // A cluster's script must keep to one slot, so there each partition has an appender of its own.
        _appenders = [.. Enumerable.Range(0, connection.IsCluster ? hosts.Length : 1)
            .Select(first => new StreamAppender(connection, options, member, first, health, memory, budget, metrics, logger))];
        _trimmers = [.. hosts.Select(host => new StreamTrimmer(host, connection, _memory, options.Retain, hosts.Length, time))];
        _purges = [.. hosts.Select(host => new RepeatPurge(host, connection, memory))];
        _watches = [.. hosts.Select((host, i) => new PartitionWatch(host, AppenderOf(i), connection, member))];
        _sharing = options.Sharing is { } sharing ? new RedisSharing(connection, options, sharing, member, Time) : null;
        _leases = new LeaseKeeper(connection, hosts, _sharing, options.Sharing, member, Time, logger);
        if (_sharing is not null)
        {
            (_sharing.Owned, _sharing.Leaving) = (() => _leases.Owned, _leases.LeaveAsync);
        }

        _upkeep = new RedisUpkeep(connection, hosts, _watches, _trimmers, _purges, _leases, _sharing, _memory, health, options, time, logger);
        _nudges = RedisChannel.Literal(options.NudgeChannel);
    }

    public string Id { get; }

    public IReadOnlyList<ILogPartition> Partitions => [.. _hosts.Select(host => host.Current)];

    /// <summary>What is stored carries this time, whatever this machine's clock says.</summary>
    public RedisTime Time { get; }

    public ILogSharing? Sharing => _sharing;

    public LogCondition Condition => _health.Condition;

    public IAuditStore Audit { get; }

    public bool HoldParking => _memory.IsLow;

    /// <summary>Opens the log under the prefix, or makes one.</summary>
    /// <exception cref="LogUnusableException">It cannot be used as it is; the message says what to do.</exception>
    public static async Task<RedisLog> OpenAsync(
        RedisLogOptions options, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (options.Prefix.Length == 0 || options.Prefix.AsSpan().IndexOfAny('{', '}') >= 0)
        {
            throw new LogUnusableException($"The prefix '{options.Prefix}' cannot be used: it must not be empty or hold braces.");
        }

        var logger = loggers.CreateLogger<RedisLog>();
        var shared = new RedisTime(time);
        var connection = await ConnectAsync(options, logger, cancellationToken).ConfigureAwait(false);
        RedisLog? log = null;
        try
        {
            var health = new RedisHealth(options.Partitions);
            var memory = new MemoryGuard(options, health, logger);
            var id = await OpenMetaAsync(connection, options, logger, cancellationToken).ConfigureAwait(false);
            await ServerChecks.RunAsync(connection, options, health, Timeout.InfiniteTimeSpan, logger, cancellationToken).ConfigureAwait(false);
            PartitionHost[] hosts = [.. Enumerable.Range(0, options.Partitions).Select(number => new PartitionHost(connection, id, options, number, health, memory, shared, logger))];
            await RetryAsync(() => Task.WhenAll(hosts.Select(host => host.LookAsync())), options, logger, cancellationToken).ConfigureAwait(false);
            log = new RedisLog(id, connection, health, memory, hosts, options, shared, metrics, logger);
            await log.HearNudgesAsync().ConfigureAwait(false);
            if (options.Sharing is not null)
            {
                await log.JoinAsync(cancellationToken).ConfigureAwait(false);
            }

            Log.Opened(logger, options.Prefix, id, options.Partitions);
            return log;
        }
        catch (Exception e)
        {
            // With its upkeep, and the leases that it may have taken already.
            IAsyncDisposable opened = log is null ? connection : log;
            await opened.DisposeAsync().ConfigureAwait(false);
            if (RedisErrors.IsStorage(e))
            {
                throw new LogUnusableException($"The log in Redis cannot be opened. {RedisErrors.Describe(e)}", e);
            }

            throw;
        }
    }

    public ValueTask AppendAsync(Event @event)
    {
        var partition = PartitionOf(@event, Turn());
        return new ValueTask(AppenderOf(partition).AppendAsync(_hosts[partition], @event));
    }

    public ValueTask AppendAsync(IReadOnlyList<Event> events)
    {
        if (events.Count == 0)
        {
            return ValueTask.CompletedTask;
        }

        // Events without a key go together: a group is stored by the fewest calls.
        var turn = Turn();
        if (_appenders.Length == 1)
        {
            return new ValueTask(_appenders[0].AppendAsync(@event => _hosts[PartitionOf(@event, turn)], events));
        }

        var parts = events.GroupBy(@event => PartitionOf(@event, turn)).Select(part => _appenders[part.Key].AppendAsync(_ => _hosts[part.Key], [.. part])).ToList();
        return new ValueTask(parts.Count == 1 ? parts[0] : Task.WhenAll(parts));
    }

    /// <summary>
    /// What Redis uses in all, because its memory is what runs out; what others store there is in it. The unsettled part is reckoned from the
    /// average size of an event.
    /// </summary>
    public LogUsage GetUsage() =>
        new(_memory.Used, Math.Min(_memory.Used, _trimmers.Sum(trimmer => trimmer.UnsettledBytes)), _memory.LimitOfAll, null, new RepeatUsage(
            _purges.Sum(purge => purge.Left), _memory.MaxRepeats, _purges.Sum(purge => purge.ForgottenEarly)));

    public int? PartitionOf(ulong keyHash) => LogMeta.PartitionOf(keyHash, _hosts.Length);

    /// <summary>Looks and trims now; how many positions went.</summary>
    internal Task<long> TrimNowAsync(CancellationToken cancellationToken) => _upkeep.LookAsync(trim: true, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await Task.WhenAll(_appenders.Select(appender => appender.CloseAsync())).ConfigureAwait(false);
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        if (_sharing is not null)
        {
            await _sharing.EndAsync().ConfigureAwait(false);
            _sharing.Dispose();
        }

        _leases.Dispose();
        foreach (var host in _hosts)
        {
            host.Dispose();
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<RedisConnection> ConnectAsync(RedisLogOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            return await RetryAsync(() => RedisConnection.ConnectAsync(options), options, logger, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw new LogUnusableException($"The log in Redis cannot be opened. {RedisErrors.Describe(e)}", e);
        }
    }

    private static Task<string> OpenMetaAsync(RedisConnection connection, RedisLogOptions options, ILogger logger, CancellationToken cancellationToken) =>
        RetryAsync(() => LogMeta.OpenAsync(connection, options, null), options, logger, cancellationToken);

    private static async Task<T> RetryAsync<T>(Func<Task<T>> open, RedisLogOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var until = Environment.TickCount64 + (long)options.OpenTimeout.TotalMilliseconds;
        var said = false;
        while (true)
        {
            try
            {
                return await open().ConfigureAwait(false);
            }
            catch (Exception e) when (RedisErrors.IsStorage(e) && !RedisErrors.IsDenied(e) && Environment.TickCount64 < until)
            {
                if (!said)
                {
                    Log.OpenWaits(logger, RedisErrors.Describe(e));
                    said = true;
                }

                await Task.Delay(OpenRetry, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // So that one that is alone owns all partitions when it begins to deliver.
    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _upkeep.LookAsync(trim: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e) || e is LogUnavailableException)
        {
            // It joins with the next look that succeeds.
        }
    }

    // The poll finds what a nudge would have told, only later: where the channel is refused, the log works all the same.
    private async Task HearNudgesAsync()
    {
        try
        {
            await _connection.Subscriber.SubscribeAsync(_nudges, (_, message) =>
            {
                if (message.TryParse(out int number))
                {
                    if (number >= 0 && number < _watches.Length)
                    {
                        _upkeep.Nudge(number);
                    }
                }
                else if (message == RedisSharing.AnswerNudge)
                {
                    _sharing?.OnAnswered();
                }
                else
                {
                    _upkeep.LookSoon();
                }
            }).ConfigureAwait(false);
        }
        catch (RedisException)
        {
        }
    }

    // One that can repeat goes where its first is remembered, key or not.
    private int PartitionOf(Event @event, uint turn) =>
        @event.IsKeyed ? LogMeta.PartitionOf(@event.KeyHash, _hosts.Length)
        : @event.RepeatKey is { } repeat ? LogMeta.PartitionOf((ulong)(repeat.Id >> 64), _hosts.Length)
        : (int)(turn % (uint)_hosts.Length);

    private StreamAppender AppenderOf(int partition) => _appenders[_appenders.Length == 1 ? 0 : partition];

    private uint Turn() => (uint)Interlocked.Increment(ref _turn);

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisLogOpened, LogLevel.Information, "The log in Redis under {Prefix} is open: id {LogId}, {Partitions} partitions.")]
        public static partial void Opened(ILogger logger, string prefix, string logId, int partitions);

        [LoggerMessage(LogEvents.RedisOpenWaits, LogLevel.Warning, "The log cannot be opened yet, and waits. {Reason}")]
        public static partial void OpenWaits(ILogger logger, string reason);
    }
}
