namespace Postrider.Log.Redis.Connecting;

/// <summary>Every command that the log sends, by itself or in a script, and how to try it without harm. The documentation's ACL is made of it.</summary>
internal static class RedisCommands
{
    /// <summary>Commands that scripts run on keys; <c>KEY</c> stands for a scratch key that is deleted before each.</summary>
    public static IReadOnlyList<string[]> InScripts { get; } =
    [
        ["DEL", "KEY"],
        ["EXISTS", "KEY"],
        ["HDEL", "KEY", "f"],
        ["HEXISTS", "KEY", "f"],
        ["HGET", "KEY", "f"],
        ["HGETALL", "KEY"],
        ["HINCRBY", "KEY", "f", "1"],
        ["HMGET", "KEY", "f"],
        ["HSET", "KEY", "f", "1"],
        ["HSTRLEN", "KEY", "f"],
        ["XADD", "KEY", "1-1", "d", "1"],
        ["XRANGE", "KEY", "-", "+", "COUNT", "1"],
        ["XTRIM", "KEY", "MINID", "1-1"],
        ["ZADD", "KEY", "1", "m"],
        ["ZCARD", "KEY"],
        ["ZRANGE", "KEY", "0", "0"],
        ["ZRANGEBYLEX", "KEY", "-", "+", "LIMIT", "0", "1"],
        ["ZRANGEBYSCORE", "KEY", "-inf", "+inf", "LIMIT", "0", "1"],
        ["ZREM", "KEY", "m"],
        ["ZREMRANGEBYLEX", "KEY", "-", "+"],
        ["ZREVRANGEBYLEX", "KEY", "+", "-", "LIMIT", "0", "1"],
        ["ZREVRANGEBYSCORE", "KEY", "+inf", "-inf", "LIMIT", "0", "1"],
        ["ZSCORE", "KEY", "m"],
        ["INFO", "server"],
        ["TIME"],
    ];

    /// <summary>What the log and its client library send outside of scripts, as an ACL names it.</summary>
    public static IReadOnlyList<string> Plain { get; } =
    [
        "ping", "echo", "hello", "auth", "select", "config|get", "client|setname", "client|id",
        "eval", "evalsha", "script|load", "subscribe", "unsubscribe", "publish", "wait", "role", "cluster|nodes", "asking",
    ];

    /// <summary>The rules of an ACL user that may do just this, keys and channels apart.</summary>
    public static IEnumerable<string> Rules => Plain.Concat(InScripts.Select(words => words[0].ToLowerInvariant())).Distinct().Select(command => $"+{command}");
}
