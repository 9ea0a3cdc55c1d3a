using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The keys of one partition: a fixed set in one slot of a cluster, none per lane, none per destination.</summary>
/// <param name="prefix">What all keys of one log begin with.</param>
/// <param name="number">The partition's number.</param>
internal sealed class PartitionKeys(string prefix, int number)
{
    /// <summary>A hash: log id, generation, the server's run id, last position, truncated-to position.</summary>
    public RedisKey Meta { get; } = Name(prefix, number, "meta");

    /// <summary>The stream of events: an entry's id is <c>{generation}-{position}</c>, its one field <c>d</c> holds envelope and body.</summary>
    public RedisKey Log { get; } = Name(prefix, number, "log");

    /// <summary>A hash, position → envelope and body: events that were trimmed from the stream while parked events or dead letters still refer to them.</summary>
    public RedisKey Bodies { get; } = Name(prefix, number, "bodies");

    /// <summary>A sorted set, position → every position that parked events or dead letters refer to: member and score are the position.</summary>
    public RedisKey References { get; } = Name(prefix, number, "refs");

    /// <summary>A hash, position → how many references there are; a position with none is in neither.</summary>
    public RedisKey ReferenceCounts { get; } = Name(prefix, number, "refcounts");

    /// <summary>Repeat keys of the events within their windows.</summary>
    public RedisKey Repeats { get; } = Name(prefix, number, "repeats");

    /// <summary>The end of each repeat key's window: a sorted set by time.</summary>
    public RedisKey RepeatEnds { get; } = Name(prefix, number, "repeatends");

    /// <summary>A key of the state store, which names its own.</summary>
    public RedisKey State(string name) => Name(prefix, number, name);

    private static RedisKey Name(string prefix, int number, string name) => $"{prefix}:{{p{number}}}:{name}";
}
