using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The log's background work: looks at Redis each second and after every reconnect, trims each ten seconds, at once when memory is short.</summary>
internal sealed partial class RedisUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    // A second wish to look while one is waiting adds nothing.
    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly RedisConnection _connection;
    private readonly IReadOnlyList<PartitionHost> _hosts;
    private readonly IReadOnlyList<PartitionWatch> _watches;
    private readonly IReadOnlyList<StreamTrimmer> _trimmers;
    private readonly IReadOnlyList<RepeatPurge> _purges;
    private readonly LeaseKeeper _leases;
    private readonly RedisSharing? _sharing;
    private readonly MemoryGuard _memory;
    private readonly RedisHealth _health;
    private readonly RedisLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Task _running;
    private readonly int[] _nudged;
    private volatile bool _reconnected;

    // By a clock that nobody sets: Redis' own may be hours from ours, and another after a failover.
    private long _trimmedAt;
    private long _purgedAt;

    public RedisUpkeep(
        RedisConnection connection, IReadOnlyList<PartitionHost> hosts, IReadOnlyList<PartitionWatch> watches, IReadOnlyList<StreamTrimmer> trimmers,
        IReadOnlyList<RepeatPurge> purges, LeaseKeeper leases, RedisSharing? sharing, MemoryGuard memory, RedisHealth health, RedisLogOptions options, TimeProvider time, ILogger logger)
    {
        (_connection, _hosts, _watches, _trimmers, _purges, _memory, _health) = (connection, hosts, watches, trimmers, purges, memory, health);
        (_leases, _sharing) = (leases, sharing);
        (_options, _time, _logger) = (options, time, logger);
        _nudged = new int[hosts.Count];
        _trimmedAt = time.GetTimestamp();
        _purgedAt = _trimmedAt - (long)(PurgeEvery.TotalSeconds * time.TimestampFrequency);
        connection.Lost += OnLost;
        connection.Restored += OnRestored;
        _running = Task.Run(RunAsync);
        _timer = time.CreateTimer(_ => _wishes.Writer.TryWrite(true), null, TimeSpan.Zero, Tick);
    }

    /// <summary>Looks now.</summary>
    /// <returns>How many positions were trimmed.</returns>
    public async Task<long> LookAsync(bool trim, CancellationToken cancellationToken)
    {
        // What was refused is asked again each time: an operator mends it, and no connection breaks by that.
        if (_reconnected || _health.Condition.State is LogState.Failed)
        {
            _reconnected = false;
            await ReconnectAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_sharing is not null)
        {
            await _sharing.BeatAsync(cancellationToken).ConfigureAwait(false);
        }

        var looks = await _leases.LookAsync(cancellationToken).ConfigureAwait(false);
        var failures = await Task.WhenAll(_watches.Select((watch, number) => WatchAsync(watch, looks[number], cancellationToken))).ConfigureAwait(false);
        await _memory.LookAsync(_connection.Masters, DescribePin).ConfigureAwait(false);

        // One partition that cannot be read keeps no other from being looked after.
        var failure = Array.Find(failures, static failure => failure is not null);
        if (failure is null)
        {
            SetReachable();
        }

        var trimmed = await TrimAsync(trim, cancellationToken).ConfigureAwait(false);
        return failure is null ? trimmed : throw RedisErrors.Unavailable(failure);
    }

    private async Task<long> TrimAsync(bool now, CancellationToken cancellationToken)
    {
        if (!now && !_memory.IsShort && _time.GetElapsedTime(_trimmedAt) < TrimEvery)
        {
            return 0;
        }

        _trimmedAt = _time.GetTimestamp();
        long trimmed = 0;
        long forgotten = 0;

        // Appends forget as well: this is for those that do not come, and for the figures.
        var purges = now || _memory.IsShort || _time.GetElapsedTime(_purgedAt) >= PurgeEvery;
        _purgedAt = purges ? _time.GetTimestamp() : _purgedAt;
        for (var i = 0; i < _trimmers.Count; i++)
        {
            trimmed += await TryAsync(_trimmers[i].RunAsync, cancellationToken).ConfigureAwait(false);
            forgotten += purges ? await TryAsync(_purges[i].RunAsync, cancellationToken).ConfigureAwait(false) : 0;
        }

        if (trimmed + forgotten > 0 || _memory.IsShort)
        {
            // With room again, or with the name of what holds the most.
            await _memory.LookAsync(_connection.Masters, DescribePin).ConfigureAwait(false);
        }

        return trimmed;
    }

    /// <summary>Another process appended to the partition. Further nudges that come while it is looked at are one.</summary>
    public void Nudge(int number)
    {
        if (_watches[number].IsWaiting && Interlocked.Exchange(ref _nudged[number], 1) == 0)
        {
            _ = HearAsync(number);
        }
    }

    /// <summary>Looks at everything soon: another process has something to tell.</summary>
    public void LookSoon() => _wishes.Writer.TryWrite(true);

    /// <summary>Asks the operator's check of every master, and says what is wrong.</summary>
    public static async Task CheckServersAsync(RedisConnection connection, RedisLogOptions options, RedisHealth health, ILogger logger, CancellationToken cancellationToken)
    {
        if (options.OnConnected is not { } check)
        {
            return;
        }

        foreach (var server in connection.Masters.ToList())
        {
            var refusal = await check(server, cancellationToken).ConfigureAwait(false);
            if (health.SetFailed($"server {server.EndPoint}", refusal) && refusal is not null)
            {
                Log.Refused(logger, refusal);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Lost -= OnLost;
        _connection.Restored -= OnRestored;
        await _timer.DisposeAsync().ConfigureAwait(false);
        _wishes.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var _ in _wishes.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await LookAsync(trim: false, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (RedisErrors.IsStorage(e) || e is LogUnavailableException)
            {
                // Whatever was to be done after the reconnect is done by the look that succeeds.
                _reconnected = true;
                SetUnreachable(e is LogUnavailableException ? e.Message : RedisErrors.Describe(e));
            }
#pragma warning disable CA1031 // The next look may succeed; without looks the log would never be trimmed again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.TrimFailed(_logger, e);
            }
        }
    }

    private async Task HearAsync(int number)
    {
        await Task.Yield();
        Volatile.Write(ref _nudged[number], 0);
        try
        {
            await _watches[number].LookAsync(_stopping.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The poll asks the same within a second, and says what is wrong.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private async Task ReconnectAsync(CancellationToken cancellationToken)
    {
        await CheckServersAsync(_connection, _options, _health, _logger, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(_hosts.Select(LookAsync)).ConfigureAwait(false);
    }

    private static async Task LookAsync(PartitionHost host)
    {
        try
        {
            await host.LookAsync().ConfigureAwait(false);
        }
        catch (LogUnusableException)
        {
            // The log's condition names it.
        }
    }

    private static async Task<Exception?> WatchAsync(PartitionWatch watch, PartitionLook look, CancellationToken cancellationToken)
    {
        try
        {
            await watch.HearAsync(look, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is LogCorruptException or NewerEnvelopeException or LogUnusableException or GenerationMovedException)
        {
            // The log's condition names it, or the next look goes on with the partition's successor.
            return null;
        }
        catch (Exception e) when (RedisErrors.IsStorage(e) || e is LogUnavailableException)
        {
            return e;
        }
    }

    private async Task<long> TryAsync(Func<CancellationToken, Task<long>> pass, CancellationToken cancellationToken)
    {
        try
        {
            return await pass(cancellationToken).ConfigureAwait(false);
        }
        catch (GenerationMovedException)
        {
            // The next look finds the partition's successor.
            return 0;
        }
#pragma warning disable CA1031 // What is wrong with one partition keeps no other from being trimmed.
        catch (Exception e) when (e is not (OperationCanceledException or LogUnavailableException { InnerException: not RedisServerException }))
#pragma warning restore CA1031
        {
            Log.TrimFailed(_logger, e);
            return 0;
        }
    }

    private string DescribePin() =>
        _trimmers.MaxBy(trimmer => trimmer.Unsettled)?.DescribePin() is { } pin ? $" What holds the most: {pin}." : "";

    private void OnLost(string reason)
    {
        lock (_lock)
        {
            _reconnected = true;
            SetUnreachable(reason);
        }
    }

    // Not where the connection was lost while this look was under way: what it saw may be of the time before.
    private void SetReachable()
    {
        lock (_lock)
        {
            if (!_reconnected && _health.SetUnreachable(null))
            {
                Log.Reachable(_logger);
            }
        }
    }

    private void OnRestored()
    {
        _reconnected = true;
        _wishes.Writer.TryWrite(true);
    }

    private void SetUnreachable(string reason)
    {
        var since = $"Redis has not answered since {_time.GetUtcNow():u}. {reason}";
        if (_health.SetUnreachable(since))
        {
            Log.Unreachable(_logger, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisUnreachable, LogLevel.Error, "Redis does not answer: events are refused until it does. {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(LogEvents.RedisReachable, LogLevel.Information, "Redis answers again.")]
        public static partial void Reachable(ILogger logger);

        [LoggerMessage(LogEvents.RedisTrimFailed, LogLevel.Error, "A look at Redis failed; the next one is in a second.")]
        public static partial void TrimFailed(ILogger logger, Exception exception);

        [LoggerMessage(LogEvents.RedisLogRefused, LogLevel.Critical, "Events are refused, because Redis is not set up as the log needs it. {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
