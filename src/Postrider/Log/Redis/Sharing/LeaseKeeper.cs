using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>
/// Looks at all partitions at once, takes and renews this process's leases on the way, and gives each partition that was gained or lost its successor.
/// </summary>
internal sealed partial class LeaseKeeper : IDisposable
{
    // So many looks in a row: what a member that joined or a release made free is taken at once.
    private const int MostLooks = 4;
    private const int ReleaseTries = 3;

    private readonly RedisConnection _connection;
    private readonly IReadOnlyList<PartitionHost> _hosts;
    private readonly RedisSharing? _sharing;
    private readonly string _member;
    private readonly TimeSpan _lease;
    private readonly TimeSpan _patience;
    private readonly RedisTime _time;
    private readonly ILogger _logger;
    private readonly Func<long> _clock;
    private readonly SemaphoreSlim _looking = new(1, 1);
    private readonly LeaseBook? _book;

    public LeaseKeeper(
        RedisConnection connection, IReadOnlyList<PartitionHost> hosts, RedisSharing? sharing, SharingOptions? options, string member, RedisTime time, ILogger logger, Func<long>? clock = null)
    {
        (_connection, _hosts, _sharing, _member, _time, _logger) = (connection, hosts, sharing, member, time, logger);
        _lease = options?.Lease ?? TimeSpan.FromSeconds(10);
        _patience = LookPatience(options);
        _clock = clock ?? (() => SuspensionClock.Now);
        _book = options is { Delivers: true }
            ? new LeaseBook(hosts.Count, member, _lease, _clock, ReleaseAsync, () => RandomNumberGenerator.GetHexString(16, lowercase: true))
            : null;
    }

    /// <summary>The partitions that this process owns.</summary>
    public IReadOnlyList<int> Owned => _book?.Owned ?? [];

    private int Takers => _sharing?.Takers ?? 1;

    /// <summary>How long one of several servers is waited for: the leases at the others must be renewed in time.</summary>
    public static TimeSpan LookPatience(SharingOptions? options) => (options?.Lease ?? TimeSpan.FromSeconds(10)) / 4;

    /// <summary>Looks at all partitions.</summary>
    /// <returns>What each is like now.</returns>
    /// <exception cref="RedisException">Nothing could be asked.</exception>
    public async Task<IReadOnlyList<LookOutcome>> LookAsync(CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var i = 1; ; i++)
            {
                var looks = await LookOnceAsync().ConfigureAwait(false);
                if (_book is null)
                {
                    return looks;
                }

                _book.GiveUpSurplus(Takers);
                await SettleAsync(looks).ConfigureAwait(false);
                if (i == MostLooks || !_book.WantsMore(Takers))
                {
                    return looks;
                }
            }
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>Takes no more.</summary>
    public async Task LeaveAsync()
    {
        if (_book is null)
        {
            return;
        }

        // None is on its way when this returns.
        await _looking.WaitAsync().ConfigureAwait(false);
        _book.Takes = false;
        _looking.Release();
    }

    public void Dispose() => _looking.Dispose();

    private async Task<LookOutcome[]> LookOnceAsync()
    {
        var wishes = _book?.Wish(Takers) ?? [.. Enumerable.Repeat(LeaseWish.Look, _hosts.Count)];
        if (!_connection.IsCluster)
        {
            return [.. (await AskAsync([.. _hosts], wishes).ConfigureAwait(false)).Select(static look => new LookOutcome(look, null))];
        }

        // What one server does not tell keeps nobody from renewing at the others.
        var looks = new LookOutcome[_hosts.Count];
        await Task.WhenAll(_hosts.Select(host => TryLookAsync(host, wishes, looks))).ConfigureAwait(false);
        return looks;
    }

    private async Task TryLookAsync(PartitionHost host, LeaseWish[] wishes, LookOutcome[] looks)
    {
        try
        {
            // In time: an answer that comes later is heard all the same, of what became of the partition meanwhile.
            var found = await AskAsync([host], wishes).WaitAsync(_patience, TimeProvider.System).ConfigureAwait(false);
            looks[host.Number] = new LookOutcome(found[0], null);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            looks[host.Number] = new LookOutcome(null, e);
        }
    }

    private async Task<PartitionLook[]> AskAsync(PartitionHost[] hosts, LeaseWish[] wishes)
    {
        var values = new List<RedisValue> { _member, (long)_lease.TotalMilliseconds };
        foreach (var host in hosts)
        {
            var wish = wishes[host.Number];
            values.AddRange([host.Current.Generation, wish.What, wish.Token]);
        }

        var sent = _clock();
        var answer = (RedisResult[])(await _connection.RunAsync(RedisScripts.Look, [.. hosts.Select(host => host.Keys.Meta)], [.. values]).ConfigureAwait(false))!;
        var now = long.Parse((string)answer[0]!, NumberStyles.None, CultureInfo.InvariantCulture);
        if (!_connection.IsCluster)
        {
            // Of a cluster's clocks the one is taken that the members hear together.
            _time.Saw(now, TimeSpan.FromMilliseconds(_clock() - sent));
        }

        var looks = new PartitionLook[hosts.Length];
        for (var i = 0; i < hosts.Length; i++)
        {
            var number = hosts[i].Number;
            looks[i] = PartitionLook.Read(answer[i + 1]);
            hosts[i].Clock.Saw(now);
            _book?.Hear(number, wishes[number], sent, now, looks[i]);
        }

        return looks;
    }

    // Also what an earlier look gained or lost, where the partition could not be asked then.
    private async Task SettleAsync(LookOutcome[] looks)
    {
        foreach (var host in _hosts.Where(host => looks[host.Number].Failure is null))
        {
            var lease = _book![host.Number];
            var current = host.Current.Lease as PartitionLease;
            if (lease == current)
            {
                continue;
            }

            try
            {
                await host.LookAsync(lease).ConfigureAwait(false);
            }
            catch (LogUnusableException)
            {
                // The log's condition names it; the other partitions get theirs.
                continue;
            }
            catch (Exception e) when (_connection.IsCluster && RedisErrors.IsStorage(e))
            {
                looks[host.Number] = new LookOutcome(null, e);
                continue;
            }

            if (lease is not null && host.Current.Lease == lease)
            {
                Log.Taken(_logger, host.Number, lease.Token);
            }
            else if (current is not null)
            {
                Log.Lost(_logger, host.Number);
            }
        }
    }

    private async Task ReleaseAsync(PartitionLease lease)
    {
        await _looking.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_book!.Drop(lease) is not { } number)
            {
                return;
            }

            var host = _hosts[number];
            var wishes = new LeaseWish[_hosts.Count];
            wishes[number] = new LeaseWish(LeaseWish.Release, lease.Token);
            for (var failures = 1; ; failures++)
            {
                try
                {
                    await AskAsync([host], wishes).ConfigureAwait(false);
                    break;
                }
                catch (Exception e) when (RedisErrors.IsStorage(e))
                {
                    // Then it ends by itself.
                    if (failures == ReleaseTries)
                    {
                        Log.NotReleased(_logger, number, RedisErrors.Describe(e));
                        break;
                    }
                }
            }

            await TryTellAsync().ConfigureAwait(false);
            await host.LookAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e) || e is LogUnusableException)
        {
            // The next look that succeeds gives the partition its successor.
        }
        finally
        {
            _looking.Release();
        }
    }

    private Task TryTellAsync() => _sharing?.NudgeAsync(RedisSharing.LeasesNudge) ?? Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LeaseTaken, LogLevel.Information, "Partition {Partition} is this process's now (lease {Token}).")]
        public static partial void Taken(ILogger logger, int partition, string token);

        [LoggerMessage(LogEvents.LeaseLost, LogLevel.Warning, "Partition {Partition} is this process's no more: its lease was over, or its storage forgot it, and another may have it.")]
        public static partial void Lost(ILogger logger, int partition);

        [LoggerMessage(LogEvents.LeaseNotReleased, LogLevel.Warning, "The lease of partition {Partition} could not be given back and ends by itself. {Reason}")]
        public static partial void NotReleased(ILogger logger, int partition, string reason);
    }
}
