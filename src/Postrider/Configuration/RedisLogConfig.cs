using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Postrider.Configuration;

/// <summary>A log on Redis streams: what stands beside <c>type: redis</c>.</summary>
public sealed record RedisLogConfig
{
    /// <summary>
    /// <c>host:port</c>, several parted by commas (one Redis and its replicas, nodes of one Redis Cluster, or, with <see cref="Sentinel"/>, the Sentinels),
    /// or <c>redis://[user:password@]host[:port][/database]</c>, <c>rediss://…</c> for TLS.
    /// </summary>
    [Secret(IsAddress = true)]
    [Description("Where Redis listens: host:port, with commas between a master and its replicas, nodes of a Redis Cluster or Sentinels; or redis://… or, with TLS, rediss://….")]
    public required string Connection { get; init; }

    /// <summary>The name under which Sentinels watch the master; <see cref="Connection"/> names the Sentinels then. Null: no Sentinels.</summary>
    [Description("The name under which Sentinels watch the master; connection names the Sentinels then. Left out: connection names Redis itself.")]
    public string? Sentinel { get; init; }

    /// <summary>The ACL user at the Sentinels. Null: their default user.</summary>
    [Description("The ACL user at the Sentinels. Left out: their default user.")]
    public string? SentinelUser { get; init; }

    /// <summary>The password at the Sentinels, which is never that of Redis by itself. Null: they ask for none.</summary>
    [Secret]
    [Description("The password at the Sentinels, best as ${file:PATH} or ${NAME}. Left out: they ask for none.")]
    public string? SentinelPassword { get; init; }

    /// <summary>The ACL user. Null: the default user.</summary>
    [Description("The ACL user. Left out: the default user.")]
    public string? User { get; init; }

    /// <summary>The password, as <c>${file:/run/secrets/redis}</c>. Null: none.</summary>
    [Secret]
    [Description("The password, best as ${file:PATH} or ${NAME}.")]
    public string? Password { get; init; }

    /// <summary>The number of the database. Default 0.</summary>
    [Range(0, 65535)]
    [Description("The number of the database.")]
    public int Database { get; init; }

    /// <summary>TLS. Null: none, unless the connection begins with <c>rediss://</c>.</summary>
    [Description("TLS; {} turns it on and trusts what the system trusts.")]
    public RedisTlsConfig? Tls { get; init; }

    /// <summary>What all keys begin with, so that several logs can share one Redis. Default <c>postrider</c>.</summary>
    [Description("What all keys begin with, so that several logs can share one Redis.")]
    public string Prefix { get; init; } = "postrider";

    /// <summary>How many parts the log has; fixed when the log is created. Default 16.</summary>
    [Range(1, 1024)]
    [Description("How many parts the log has; fixed when it is created.")]
    public int Partitions { get; init; } = 16;

    /// <summary>What a success answer means. Default everysec. Checked against the server at start and after every reconnect.</summary>
    [Description("What a success answer means: synced within a second, synced before the answer, or only in memory. Redis must be set up for it.")]
    public RedisDurability Durability { get; init; } = RedisDurability.Everysec;

    /// <summary>How many replicas must have an event before the answer. Default 0.</summary>
    [Range(0, 16)]
    [Description("How many replicas must have an event before the answer.")]
    public int Replicas { get; init; }

    /// <summary>Takes your word for the durability where Redis cannot be asked. Default false.</summary>
    [Description("Takes your word for the durability where Redis does not tell its settings.")]
    public bool DurabilityConfirmed { get; init; }

    /// <summary>Memory of Redis at which the gateway answers 503. Null: 80 % of its <c>maxmemory</c>, or half of its machine's memory where that is 0.</summary>
    [Description("Memory of Redis at which the gateway answers 503. Left out: 80 % of its maxmemory, or half of its machine's memory.")]
    public ByteSize? MaxMemory { get; init; }

    /// <summary>How long events are kept once every destination has settled them. Null: the lesser of 5 min and 10 % of the limit.</summary>
    [Description("How long events are kept once every destination has settled them. Left out: 5m, but at most 10 % of the limit.")]
    public TimeSpan? Retain { get; init; }

    /// <summary>How long a start waits for Redis to answer and to have loaded its data. Default 1 min.</summary>
    [Description("How long a start waits for Redis to answer and to have loaded its data.")]
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For how long a router owns its partitions without renewing that. Default 10 s.</summary>
    [Description("For how long a router owns its parts of the log without a sign of life: when it dies, others go on after that. It renews each three tenths of it.")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without the password, also where the connection holds it.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"redis {RedisAddress.Shown(this)}, prefix {Prefix}, {Partitions} partitions, durability {ValueFormat.Format(Durability)}, {Replicas} replicas");
}
