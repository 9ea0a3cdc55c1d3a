using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Holds the log to its memory limit, as every master's INFO tells what it uses. What others store in the same Redis counts too.</summary>
internal sealed partial class MemoryGuard(RedisLogOptions options, RedisHealth health, ILogger logger)
{
    // What a repeat key takes: a field of a hash and a member of a sorted set, measured with Redis 7.
    private const int RepeatBytes = 256;
    private const int RepeatShare = 8;

    // A destination's parked events and dead letters, over all partitions.
    private const int HeldShare = 10;

    // Room that must be there before appends go on: otherwise the limit would be crossed to and fro with every event.
    private const long ReopenBytes = 16 << 20;

    // Those that have no room for events.
    private readonly HashSet<string> _full = new(StringComparer.Ordinal);
    private volatile Memory _seen = new(0, 0, 0, 0, 0);

    /// <summary>Settled events should go now, whatever retention says.</summary>
    public bool IsShort => _seen is var seen && seen.Limit > 0 && seen.Worst > seen.Limit - (seen.Limit / 8);

    /// <summary>What is left above the limit is for saves and trims alone.</summary>
    public bool IsLow => _seen is var seen && seen.Limit > 0 && seen.Worst > seen.Mark;

    public long Limit => _seen.Limit;

    /// <summary>How many ids a partition may remember for de-duplication.</summary>
    public long RepeatsOfPartition => MaxRepeats / options.Partitions;

    /// <summary>How many all may.</summary>
    public long MaxRepeats => options.MaxRepeatIds ?? (_seen.Limit > 0 ? _seen.Limit / RepeatShare / RepeatBytes : int.MaxValue);

    /// <summary>What the parked events and dead letters of one destination may take in a partition.</summary>
    public long HeldBytesOfPartition => _seen.Limit > 0 ? _seen.Limit / HeldShare / options.Partitions : long.MaxValue;

    /// <summary>All masters together.</summary>
    public long Used => _seen.Used;

    public long LimitOfAll => _seen.LimitOfAll;

    /// <summary>Asks, and refuses or takes appends accordingly. A server of several that does not answer is left out: its partitions say so themselves.</summary>
    public async Task LookAsync(IEnumerable<IServer> masters, TimeSpan patience, Func<string> describePin)
    {
        var asked = masters.Select(server => (Server: server, Answer: server.InfoAsync("memory").WaitAsync(patience, TimeProvider.System))).ToList();
        var seen = new Memory(0, 0, 0, 0, 0);
        foreach (var (server, answer) in asked)
        {
            try
            {
                var memory = Read(await answer.ConfigureAwait(false));
                seen = seen.With(memory);
                if (memory.Limit > 0)
                {
                    Decide(ServerName.Of(server), memory, describePin);
                }
            }
            catch (Exception e) when (patience != Timeout.InfiniteTimeSpan && RedisErrors.IsStorage(e))
            {
            }
        }

        if (seen.Limit > 0)
        {
            _seen = seen;
        }
    }

    private Memory Read(IGrouping<string, KeyValuePair<string, string>>[] info)
    {
        var fields = info.SelectMany(group => group).ToDictionary(field => field.Key, field => field.Value);
        long Number(string name) => fields.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

        var (used, max, total) = (Number("used_memory"), Number("maxmemory"), Number("total_system_memory"));
        var limited = options.MaxMemoryBytes ?? (max > 0 ? max / 10 * 8 : total / 2);
        if (max > 0)
        {
            // Above it Redis refuses before this does, and nobody would trim.
            limited = Math.Min(limited, max / 10 * 9);
        }

        // Without a maxmemory Redis would go on until the machine has no more.
        var ceiling = max > 0 ? max : total / 4 * 3;
        var mark = limited + (Math.Max(0, ceiling - limited) / 10 * 9);
        return new Memory(used, limited, mark, used, limited);
    }

    private void Decide(string server, Memory seen, Func<string> describePin)
    {
        if (seen.Worst >= seen.Limit)
        {
            var reason = $"Redis uses {Size(seen.Worst)} of memory, the limit (log.maxMemory) is {Size(seen.Limit)}.{describePin()}";
            health.SetFull(server, reason);
            if (_full.Add(server))
            {
                Log.Full(logger, reason);
            }
        }
        else if (_full.Contains(server) && seen.Worst <= seen.Limit - Math.Min(ReopenBytes, seen.Limit / 32))
        {
            _full.Remove(server);
            health.SetFull(server, null);
            Log.HasRoom(logger);
        }
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.#} MiB");

    /// <summary>What the masters use; limit and mark are those of the one that is nearest to its own.</summary>
    private sealed record Memory(long Worst, long Limit, long Mark, long Used, long LimitOfAll)
    {
        public Memory With(Memory other)
        {
            if (other.Limit == 0)
            {
                return this;
            }

            var worst = Limit == 0 || other.Worst / (double)other.Limit > Worst / (double)Limit ? other : this;
            return worst with { Used = Used + other.Used, LimitOfAll = LimitOfAll + other.LimitOfAll };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisFull, LogLevel.Error, "Appends are refused. {Reason}")]
        public static partial void Full(ILogger logger, string reason);

        [LoggerMessage(LogEvents.RedisHasRoom, LogLevel.Information, "There is room in Redis again; appends are taken.")]
        public static partial void HasRoom(ILogger logger);
    }
}
