using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Tells what an exception of the client means for the log.</summary>
internal static class RedisErrors
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Whether it is the storage that failed, by an answer or by none; anything else is a mistake of ours.</summary>
    public static bool IsStorage(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;

    /// <summary>Whether the command may have run although no answer came.</summary>
    public static bool IsUnknown(Exception exception) => exception switch
    {
        RedisTimeoutException timeout => timeout.Commandstatus is not (CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog),
        TimeoutException => true,
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToResolvePhysicalConnection or ConnectionFailureType.UnableToConnect } => false,
        RedisConnectionException lost => lost.CommandStatus is not (CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog),
        _ => false,
    };

    /// <summary>The credentials are wrong or allow too little: waiting does not cure it.</summary>
    public static bool IsDenied(Exception? exception) => exception switch
    {
        null => false,
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => true,
        RedisServerException server => Begins(server, "NOAUTH", "WRONGPASS", "NOPERM"),
        _ => IsDenied(exception.InnerException),
    };

    /// <summary>It has reached its maxmemory, and refuses what may take more. Before Redis 7 a script's error carries the code further in.</summary>
    public static bool IsFull(RedisServerException exception) =>
        Begins(exception, "OOM") || exception.Message.Contains("-OOM ", StringComparison.Ordinal);

    /// <summary>The server does not serve the keys' slot now, or sends to one that cannot be reached: nothing was run.</summary>
    public static bool IsOfSlot(Exception exception) => exception is
        RedisServerException { Kind: RedisErrorKind.TryAgain or RedisErrorKind.ClusterDown or RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.UnknownRedirectTarget }
        or RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect };

    /// <summary>The server does not know the script: it was restarted, is another one, or was told to forget.</summary>
    public static bool IsOfScript(RedisServerException exception) => Begins(exception, "NOSCRIPT");

    public static LogUnavailableException Unavailable(Exception exception) => exception switch
    {
        LogUnavailableException told => told,
        RedisServerException server when IsFull(server) =>
            new LogUnavailableException("Redis has reached its maxmemory: it takes nothing until there is room.", FullRetryAfter, exception),
        _ => new LogUnavailableException(Describe(exception), RetryAfter, exception),
    };

    /// <summary>For people, without the client's counters.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        RedisServerException server when Begins(server, "LOADING") => "Redis is loading its data.",
        SentinelException sentinel => $"Redis cannot be found: {sentinel.Message}.",
        RedisServerException server when Begins(server, "CLUSTERDOWN") => "No server of the Redis Cluster serves this part of the log now.",
        RedisServerException server when IsOfSlot(server) => "This part of the log is on its way to another server of the Redis Cluster.",
        RedisServerException server when Begins(server, "READONLY") => "The Redis server is a replica now, and takes nothing.",
        RedisServerException server => $"Redis answered: {server.Message}",
        RedisConnectionException lost => $"Redis cannot be reached ({lost.FailureType}{(IsDenied(lost) ? ": the user or password is refused" : "")}).",
        TimeoutException => "Redis does not answer in time.",
        ObjectDisposedException => "The log is closing.",
        _ => $"Redis cannot be asked: {exception.Message}",
    };

    private static bool Begins(RedisServerException exception, params ReadOnlySpan<string> codes)
    {
        foreach (var code in codes)
        {
            if (exception.Message.StartsWith(code, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
