using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Calls the state store's scripts, and turns what they and the connection refuse into the log's exceptions.</summary>
/// <param name="database">Where.</param>
/// <param name="keys">The partition's keys.</param>
/// <param name="generation">The caller's generation.</param>
/// <param name="partition">The partition's number.</param>
/// <param name="token">Of the caller's lease, empty where it has none; null: the log knows no leases.</param>
internal sealed class StateCalls(IDatabase database, PartitionKeys keys, long generation, int partition, string? token = null)
{
    // An answer that begins so means that the server cannot now, whatever is asked of it. A script's errors carry the code further in.
    private static readonly string[] Passing =
        ["LOADING", "READONLY", "OOM", "MISCONF", "NOREPLICAS", "MASTERDOWN", "BUSY", "UNBLOCKED"];

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly RedisKey[] _keys = StateKeys.Of(keys);

    /// <summary>The first argument of every call.</summary>
    public RedisValue Generation { get; } = generation;

    /// <summary>A write that only the partition's owner may do, still without steps.</summary>
    public StateSteps OwnerSteps() => token is null ? new StateSteps(Generation) : new StateSteps(Generation).Add("lease", token);

    /// <summary>Calls a script.</summary>
    /// <param name="script">Which.</param>
    /// <param name="arguments">The generation first.</param>
    /// <param name="cancellationToken">Ends the wait, not the script.</param>
    /// <returns>Its answer; the first is the word <c>ok</c> or <c>done</c>.</returns>
    /// <exception cref="GenerationMovedException">The partition has a new generation, or another owner.</exception>
    /// <exception cref="LogUnavailableException">The server cannot be asked now; whether a write was applied is unknown.</exception>
    /// <exception cref="InvalidOperationException">The script refuses: no such destination, or a start that the log no longer holds.</exception>
    public async Task<RedisResult[]> CallAsync(string script, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RedisResult[] answer;
        try
        {
            answer = (RedisResult[])(await database.ScriptEvaluateAsync(script, _keys, arguments, CommandFlags.DemandMaster).WaitAsync(cancellationToken).ConfigureAwait(false))!;
        }
        catch (Exception e) when (e is RedisConnectionException or RedisTimeoutException || (e is RedisServerException && (IsPassing(e.Message) || RedisErrors.IsOfSlot(e))))
        {
            throw new LogUnavailableException($"Redis cannot be asked for the state of partition {partition}: {e.Message}", RetryAfter, e);
        }

        return (string?)answer[0] switch
        {
            "ok" or "done" => answer,
            "moved" => throw new GenerationMovedException(partition, generation),
            "lost" => throw GenerationMovedException.LeaseLost(partition),
            "unknown" => throw new InvalidOperationException($"Destination '{answer[1]}' has never been registered, or has been forgotten."),
            "gone" => throw new InvalidOperationException($"Destination '{answer[1]}' cannot start there: the log begins at {answer[2]}."),
            var other => throw new InvalidDataException($"A script of the state answered '{other}'."),
        };
    }

    /// <summary>One reading command on one key (a number of <see cref="StateKeys"/>).</summary>
    public async Task<RedisResult> ReadAsync(string command, int key, RedisValue[] arguments, CancellationToken cancellationToken) =>
        (await CallAsync(StateScripts.Read, [Generation, command, key, .. arguments], cancellationToken).ConfigureAwait(false))[1];

    private static bool IsPassing(string message) => Passing.Any(code =>
        message.StartsWith(code + " ", StringComparison.Ordinal) || message.Contains($"-{code} ", StringComparison.Ordinal));
}
