using System.Globalization;
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
    private readonly TimeSpan _patience;
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
        _patience = connection.IsCluster ? LeaseKeeper.LookPatience(options.Sharing) : Timeout.InfiniteTimeSpan;
        _trimmedAt = time.GetTimestamp();
        _purgedAt = _trimmedAt - (long)(PurgeEvery.TotalSeconds * time.TimestampFrequency);
        connection.Lost += OnLost;
        connection.Restored += OnRestored;
        _running = Task.Run(RunAsync);
        _timer = time.CreateTimer(_ => _wishes.Writer.TryWrite(true), null, TimeSpan.Zero, Tick);
    }

    /// <summary>Looks now.</summary>
    /// <returns>How many positions were trimmed.</returns>
    /// <exception cref="LogUnavailableException">A partition cannot be asked; those that can were looked after.</exception>
    public async Task<long> LookAsync(bool trim, CancellationToken cancellationToken)
    {
        // What was refused is asked again each time: an operator mends it, and no connection breaks by that.
        if (_reconnected || _health.HasFailed)
        {
            _reconnected = false;
            await ReconnectAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_sharing is not null)
        {
            await BeatAsync(_sharing, cancellationToken).ConfigureAwait(false);
        }

        foreach (var host in _hosts)
        {
            _health.Place(host.Number, _connection.IsCluster ? _connection.PlaceOf(host.Keys.Meta) : null);
        }

        var looks = await _leases.LookAsync(cancellationToken).ConfigureAwait(false);
        var failures = await Task.WhenAll(_watches.Select((watch, number) => WatchAsync(watch, looks[number], cancellationToken))).ConfigureAwait(false);
        await _memory.LookAsync(_connection.Masters, _patience, DescribePin).ConfigureAwait(false);

        // One partition that cannot be read keeps no other from being looked after.
        var trimmed = await TrimAsync(trim, failures, cancellationToken).ConfigureAwait(false);
        var failure = Array.Find(failures, static failure => failure is not null);
        if (failure is null || _connection.IsCluster)
        {
            SetReachable(failures);
        }

        return failure is null ? trimmed : throw RedisErrors.Unavailable(failure);
    }

    // Where what the members tell each other is on a server that is away, all goes on as it was: owners stay owners.
    private async Task BeatAsync(RedisSharing sharing, CancellationToken cancellationToken)
    {
        if (!_connection.IsCluster)
        {
            await sharing.BeatAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await sharing.BeatAsync(cancellationToken).WaitAsync(_patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            _health.SetApart(null);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            _health.SetApart(RedisErrors.Describe(e));
        }
    }

    private async Task<long> TrimAsync(bool now, Exception?[] failures, CancellationToken cancellationToken)
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
            if (failures[i] is null)
            {
                trimmed += await TryAsync(_trimmers[i].RunAsync, cancellationToken).ConfigureAwait(false);
                forgotten += purges ? await TryAsync(_purges[i].RunAsync, cancellationToken).ConfigureAwait(false) : 0;
            }
        }

        if (trimmed + forgotten > 0 || _memory.IsShort)
        {
            // With room again, or with the name of what holds the most.
            await _memory.LookAsync(_connection.Masters, _patience, DescribePin).ConfigureAwait(false);
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
            catch (LogUnavailableException) when (_connection.IsCluster)
            {
                // The condition says which partitions; the others were looked after.
            }
            catch (Exception e) when (RedisErrors.IsStorage(e) || e is LogUnavailableException)
            {
                // Whatever was to be done after the reconnect is done by the look that succeeds.
                _reconnected = true;
                SetUnreachable(Describe(e));
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
        try
        {
            await ServerChecks.RunAsync(_connection, _options, _health, _patience, _logger, cancellationToken).ConfigureAwait(false);
            await LogMeta.OpenAsync(_connection, _options, _hosts[0].LogId).WaitAsync(_patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (LogUnusableException e)
        {
            foreach (var host in _hosts)
            {
                _health.SetFailed(host.Number, e.Message);
            }

            return;
        }
        catch (Exception e) when (_connection.IsCluster && RedisErrors.IsStorage(e))
        {
            // Once more with the next look: meanwhile the other servers' partitions go on.
            _reconnected = true;
        }

        await Task.WhenAll(_hosts.Select(LookAsync)).ConfigureAwait(false);
    }

    private async Task LookAsync(PartitionHost host)
    {
        try
        {
            await host.LookAsync().WaitAsync(_patience, TimeProvider.System).ConfigureAwait(false);
        }
        catch (LogUnusableException)
        {
            // The log's condition names it.
        }
        catch (Exception e) when (_connection.IsCluster && RedisErrors.IsStorage(e))
        {
            // The look that follows says so.
        }
    }

    private static async Task<Exception?> WatchAsync(PartitionWatch watch, LookOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Look is not { } look)
        {
            return outcome.Failure;
        }

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
        catch (Exception e) when (e is not OperationCanceledException && (_connection.IsCluster || e is not LogUnavailableException { InnerException: not RedisServerException }))
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
            if (!_connection.HasSeveralServers)
            {
                SetUnreachable(reason);
            }
        }

        // It may have been a replica's, or that of a master whose place another takes: that is found out by asking.
        if (_connection.HasSeveralServers)
        {
            _wishes.Writer.TryWrite(true);
        }
    }

    // Not where the connection was lost while this look was under way: what it saw may be of the time before.
    private void SetReachable(Exception?[] failures)
    {
        lock (_lock)
        {
            if (_reconnected && !_connection.HasSeveralServers)
            {
                return;
            }

            var wasReachable = failures.All(static failure => failure is null);
            var since = _time.GetUtcNow();
            if (!_health.SetUnreachable(number => failures[number] is { } failure ? Since(since, Describe(failure)) : null))
            {
                return;
            }

            if (wasReachable)
            {
                Log.Reachable(_logger);
            }
            else
            {
                Log.PartUnreachable(
                    _logger, string.Join(", ", Enumerable.Range(0, failures.Length).Where(number => failures[number] is not null)),
                    Describe(Array.Find(failures, static failure => failure is not null)!));
            }
        }
    }

    private static string Describe(Exception exception) => exception is LogUnavailableException ? exception.Message : RedisErrors.Describe(exception);

    private static string Since(DateTimeOffset since, string reason) => string.Create(CultureInfo.InvariantCulture, $"Redis has not answered since {since:u}. {reason}");

    private void OnRestored()
    {
        _reconnected = true;
        _wishes.Writer.TryWrite(true);
    }

    private void SetUnreachable(string reason)
    {
        if (_health.SetUnreachable(Since(_time.GetUtcNow(), reason)))
        {
            Log.Unreachable(_logger, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisUnreachable, LogLevel.Error, "Redis does not answer: events are refused until it does. {Reason}")]
        public static partial void Unreachable(ILogger logger, string reason);

        [LoggerMessage(LogEvents.RedisPartUnreachable, LogLevel.Error, "Partitions {Partitions} cannot be asked: their events are refused and wait until they can be. {Reason}")]
        public static partial void PartUnreachable(ILogger logger, string partitions, string reason);

        [LoggerMessage(LogEvents.RedisReachable, LogLevel.Information, "Redis answers again.")]
        public static partial void Reachable(ILogger logger);

        [LoggerMessage(LogEvents.RedisTrimFailed, LogLevel.Error, "A look at Redis failed; the next one is in a second.")]
        public static partial void TrimFailed(ILogger logger, Exception exception);
    }
}
