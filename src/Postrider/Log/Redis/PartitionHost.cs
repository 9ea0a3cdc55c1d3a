using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Redis;

/// <summary>Holds a partition's number over its generations and owners: the partition of now, and how it is succeeded.</summary>
internal sealed partial class PartitionHost : IDisposable
{
    private readonly RedisConnection _connection;
    private readonly string _logId;
    private readonly RedisLogOptions _options;
    private readonly RedisHealth _health;
    private readonly MemoryGuard _memory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile RedisPartition? _current;

    public PartitionHost(
        RedisConnection connection, string logId, RedisLogOptions options, int number, RedisHealth health,
        MemoryGuard memory, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _logId = logId;
        _options = options;
        _health = health;
        _memory = memory;
        _time = time;
        _logger = logger;
        Number = number;
        Keys = new PartitionKeys(options.Prefix, number);
    }

    public int Number { get; }

    public PartitionKeys Keys { get; }

    public string LogId => _logId;

    public RedisClock Clock { get; } = new();

    /// <summary>Once opened.</summary>
    public RedisPartition Current => _current!;

    /// <summary>
    /// Asks Redis which generation the partition is in and whose it is, and makes the successor where one of them has changed. A partition that is
    /// gone (Redis was emptied) is made again behind the last position known.
    /// </summary>
    /// <param name="gained">The lease that this process has taken; null: the one it had, if any.</param>
    /// <exception cref="LogUnusableException">It belongs to another log.</exception>
    public async Task<RedisPartition> LookAsync(PartitionLease? gained = null)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            var old = _current;
            var meta = await OpenAsync(old, mayMake: old is null).ConfigureAwait(false) ?? await MakeAgainAsync(old).ConfigureAwait(false);
            Clock.Saw(meta.Now);
            _health.SetFailed(Number, null);
            var lease = LeaseOf(meta, gained ?? old?.Lease as PartitionLease);
            if (old?.Generation == meta.Generation && old.Lease == lease)
            {
                old.Tail.Learn(meta.Last + 1);
                old.Truncated(meta.Truncated);
                return old;
            }

            var next = Make(meta, lease);
            _current = next;
            if (old is not null)
            {
                if (old.Generation != meta.Generation)
                {
                    Announce(old, meta);
                }

                old.MoveTo(next);
            }

            return next;
        }
        catch (LogUnusableException e)
        {
            _health.SetFailed(Number, e.Message);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private Task<PartitionMeta?> OpenAsync(RedisPartition? old, bool mayMake) =>
        PartitionMeta.OpenAsync(_connection, Keys, _logId, old?.Generation ?? 0, (old?.Tail.Stored ?? 1) - 1, mayMake);

    // Whoever emptied Redis took the log's own meta along, or began another log there. Only then: it may be on a server that is not there now.
    private async Task<PartitionMeta> MakeAgainAsync(RedisPartition? old)
    {
        await LogMeta.OpenAsync(_connection, _options, _logId).ConfigureAwait(false);
        return (await OpenAsync(old, mayMake: true).ConfigureAwait(false))!;
    }

    // A lease goes on over a new generation where the storage still knows of it.
    private IPartitionLease LeaseOf(PartitionMeta meta, PartitionLease? lease) =>
        _options.Sharing is null ? SoleOwnership.Instance
        : lease is { IsEnded: false } && lease.Token == meta.Token ? lease
        : AnothersLease.Instance;

    private RedisPartition Make(PartitionMeta meta, IPartitionLease lease) => new(
        Number,
        meta,
        new StreamTail(meta.Last + 1, _logger),
        new EntryReader(_connection, Keys, Number, _logId),
        find => new RedisStateStore(_connection.Database, Keys, meta.Generation, Number, _time, TokenOf(lease)) { FindEvent = find },
        _health,
        _memory,
        () => LookAsync()) { Lease = lease };

    private static string? TokenOf(IPartitionLease lease) => lease switch
    {
        PartitionLease held => held.Token,
        AnothersLease => "",
        _ => null,
    };

    private void Announce(RedisPartition old, PartitionMeta meta)
    {
        if (meta.Made)
        {
            Log.Lost(_logger, Number, old.Tail.Stored - 1, meta.Generation);
        }
        else
        {
            Log.Moved(_logger, Number, old.Generation, meta.Generation, old.Tail.Stored - 1, meta.Last);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisGenerationMoved, LogLevel.Warning, "Redis was restarted, restored or replaced: partition {Partition} goes on in generation {Generation} instead of {Old}. The last position known was {Known}, Redis has {Last}.")]
        public static partial void Moved(ILogger logger, int partition, long old, long generation, long known, long last);

        [LoggerMessage(LogEvents.RedisPartitionLost, LogLevel.Warning, "Redis has lost partition {Partition} with all its events up to {Last} and their state: someone emptied it. It begins anew in generation {Generation}.")]
        public static partial void Lost(ILogger logger, int partition, long last, long generation);
    }
}
