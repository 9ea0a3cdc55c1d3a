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
        _clock = clock ?? (() => SuspensionClock.Now);
        _book = options is { Delivers: true }
            ? new LeaseBook(hosts.Count, member, _lease, _clock, ReleaseAsync, () => RandomNumberGenerator.GetHexString(16, lowercase: true))
            : null;
    }

    /// <summary>The partitions that this process owns.</summary>
    public IReadOnlyList<int> Owned => _book?.Owned ?? [];

    private int Takers => _sharing?.Takers ?? 1;

    /// <summary>Looks at all partitions.</summary>
    /// <returns>What each is like now.</returns>
    public async Task<IReadOnlyList<PartitionLook>> LookAsync(CancellationToken cancellationToken)
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
                await SettleAsync().ConfigureAwait(false);
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

    private async Task<IReadOnlyList<PartitionLook>> LookOnceAsync()
    {
        var wishes = _book?.Wish(Takers) ?? [.. Enumerable.Repeat(LeaseWish.Look, _hosts.Count)];
        var looks = new PartitionLook[_hosts.Count];
        var groups = _connection.IsCluster ? _hosts.Select(host => (PartitionHost[])[host]) : [[.. _hosts]];
        await Task.WhenAll(groups.Select(group => LookAsync(group, wishes, looks))).ConfigureAwait(false);
        return looks;
    }

    private async Task LookAsync(PartitionHost[] hosts, LeaseWish[] wishes, PartitionLook[] looks)
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
        _time.Saw(now, TimeSpan.FromMilliseconds(_clock() - sent));
        for (var i = 0; i < hosts.Length; i++)
        {
            var number = hosts[i].Number;
            looks[number] = PartitionLook.Read(answer[i + 1]);
            hosts[i].Clock.Saw(now);
            _book?.Hear(number, wishes[number], sent, now, looks[number]);
        }
    }

    // Also what an earlier look gained or lost, where the partition could not be asked then.
    private async Task SettleAsync()
    {
        foreach (var host in _hosts)
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
                    await LookAsync([host], wishes, new PartitionLook[_hosts.Count]).ConfigureAwait(false);
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
