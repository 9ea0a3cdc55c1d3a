using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The Redis log's settings, ready to use.</summary>
internal sealed record RedisLogOptions
{
    /// <summary>Which Redis, and how it is reached. What the log's promises hang on (fail fast, no retries of its own) is set by the log.</summary>
    public required ConfigurationOptions Connection { get; init; }

    /// <summary>How the Sentinels are reached that tell which server is the master, with the name that they are asked for; null: there are none.</summary>
    public ConfigurationOptions? Sentinels { get; init; }

    /// <summary>What all keys of this log begin with. Holds no braces: they decide a key's slot.</summary>
    public string Prefix { get; init; } = "postrider";

    /// <summary>Where an append tells a sleeping reader of another process: the message is the partition's number.</summary>
    public string NudgeChannel => Prefix + ":nudge";

    /// <summary>How many partitions a new log gets. A stored format: of a log that is there it must be the same.</summary>
    public int Partitions { get; init; } = 16;

    /// <summary>Memory used by Redis, in bytes, above which appends are refused; null: 80 % of its maxmemory, or half of its machine's.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>How many ids are remembered for de-duplication, over all partitions; null: as many as an eighth of the memory limit holds.</summary>
    public long? MaxRepeatIds { get; init; }

    /// <summary>How long events are kept once they are settled; null: 5 minutes, but no more than 10 % of the memory limit.</summary>
    public TimeSpan? Retain { get; init; }

    /// <summary>How it is shared with other processes; null: nobody else delivers from it, and nothing is compared (tools).</summary>
    public SharingOptions? Sharing { get; init; }

    /// <summary>How many replicas must have an event before its append is answered.</summary>
    public int Replicas { get; init; }

    /// <summary>How long an append may take; a request that reaches Redis later than this is refused there.</summary>
    public TimeSpan AppendTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the start waits for a Redis that cannot be reached or still loads its data.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of events that wait for their append or its answer; above it appends are refused.</summary>
    public long MaxWaitingBytes { get; init; } = 32L << 20;

    /// <summary>
    /// Asked of every master at the start and whenever a connection to it was made again: null if the server does as the log needs, else
    /// why not; then the log's condition is <see cref="LogState.Failed"/> with that reason, until the next check passes.
    /// </summary>
    public Func<IServer, CancellationToken, Task<string?>>? OnConnected { get; init; }
}
