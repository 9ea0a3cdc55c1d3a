using System.Globalization;
using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>
/// Tries every command on a scratch key of our prefix, in a script as the log does: a server that misses one or a user who may not run
/// it is told at start, with the words that mend it. (<c>ACL DRYRUN</c> would need Redis 7 and a permission of its own.)
/// </summary>
internal sealed class PermissionCheck(string prefix, string? user)
{
    // Each error comes back instead of ending the script, so that all are told at once. Only the last step leaves something: nothing.
    private const string Script = """
        local failed = {}
        for i = 1, #ARGV do
          local words = cjson.decode(ARGV[i])
          for j = 1, #words do if words[j] == 'KEY' then words[j] = KEYS[1] end end
          redis.pcall('DEL', KEYS[1])
          local answer = redis.pcall(unpack(words))
          if type(answer) == 'table' and answer.err then
            failed[#failed + 1] = words[1]
            failed[#failed + 1] = answer.err
          end
        end
        redis.pcall('DEL', KEYS[1])
        return failed
        """;

    private const int MostKeys = 2000;

    private readonly string _user = user ?? "default";

    /// <summary>Null: everything may be done. Else what may not, and the cure.</summary>
    public async Task<string?> FindRefusalAsync(IServer server, CancellationToken cancellationToken)
    {
        // Of a process: two may start at once on one Redis.
        var id = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        if (FindKey(server, id) is not { } key)
        {
            return null;
        }

        var database = server.Multiplexer.GetDatabase();
        try
        {
            var steps = RedisCommands.InScripts.Append(["PUBLISH", $"{prefix}:check:{id}", ""]).Select(words => (RedisValue)System.Text.Json.JsonSerializer.Serialize(words));
            var failed = (RedisValue[]?)await database.ScriptEvaluateAsync(Script, [key], [.. steps]).WaitAsync(cancellationToken).ConfigureAwait(false) ?? [];
            var found = failed.Chunk(2).Select(pair => Explain((string)pair[0]!, (string)pair[1]!)).OfType<string>().ToList();
            if (found.Count > 0)
            {
                return Summarize(found);
            }

            return await TrySubscribingAsync(server, id).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (Explain("EVALSHA", exception.Message) is { } problem)
        {
            return Summarize([problem]);
        }
    }

    // In a cluster the key's slot decides which server runs the script. Null: this one has hardly any slots.
    private RedisKey? FindKey(IServer server, string id)
    {
        if (server.ServerType != ServerType.Cluster)
        {
            return $"{prefix}:{{check}}:{id}";
        }

        var connection = (ConnectionMultiplexer)server.Multiplexer;
        for (var i = 0; i < MostKeys; i++)
        {
            RedisKey key = string.Create(CultureInfo.InvariantCulture, $"{prefix}:{{check{i}}}:{id}");
            if (IsOn(connection, key, server))
            {
                return key;
            }
        }

        return null;
    }

    private static bool IsOn(ConnectionMultiplexer connection, RedisKey key, IServer server)
    {
        try
        {
            return connection.GetServer(key, flags: CommandFlags.DemandMaster).EndPoint.Equals(server.EndPoint);
        }
        catch (InvalidOperationException)
        {
            // Its master is away.
            return false;
        }
    }

    private async Task<string?> TrySubscribingAsync(IServer server, string id)
    {
        var channel = RedisChannel.Literal($"{prefix}:check:{id}");
        var subscriber = server.Multiplexer.GetSubscriber();
        try
        {
            await subscriber.SubscribeAsync(channel, (_, _) => { }).ConfigureAwait(false);
            await subscriber.UnsubscribeAsync(channel).ConfigureAwait(false);
            return null;
        }
        catch (RedisServerException exception) when (Explain("SUBSCRIBE", exception.Message) is { } problem)
        {
            return Summarize([problem]);
        }
        catch (RedisConnectionException)
        {
            // The library opens a connection of its own for this, later than the other: no answer is no refusal. PUBLISH was tried above.
            return null;
        }
    }

    private string Summarize(List<string> problems)
    {
        var missing = problems.Where(problem => problem.StartsWith('+')).Distinct().Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            return $"user '{_user}' may not run {string.Join(", ", missing.Select(rule => rule[1..].ToUpperInvariant()))}. "
                + $"Grant it: ACL SETUSER {_user} {string.Join(' ', missing)} ~{prefix}:* &{prefix}:*";
        }

        return problems[0];
    }

    // The words are those of Redis 6.2 to 8, at the top and in scripts. What is not about permissions, as a full memory, is no refusal.
    private string? Explain(string command, string error)
    {
        bool Says(string part) => error.Contains(part, StringComparison.OrdinalIgnoreCase);
        if (Says("channel"))
        {
            return $"user '{_user}' may not use the channels {prefix}:*. Grant it: ACL SETUSER {_user} &{prefix}:*";
        }

        if (Says("no permissions to access a key") || Says("access one of the keys") || Says("access at least one of the keys") || Says("No permissions to access"))
        {
            return $"user '{_user}' may not use the keys {prefix}:*. Grant it: ACL SETUSER {_user} ~{prefix}:*";
        }

        if (Says("NOPERM") || Says("can't run this command"))
        {
            return Named(error) is { } named ? $"+{named}" : $"+{command.ToLowerInvariant()}";
        }

        return Says("unknown command") || Says("Unknown Redis command") || Says("unknown subcommand")
            ? $"this server does not know {command}, which the log needs"
            : null;
    }

    // "this user has no permissions to run the 'script|load' command"
    private static string? Named(string error)
    {
        var begin = error.IndexOf("run the '", StringComparison.Ordinal);
        var end = begin < 0 ? -1 : error.IndexOf('\'', begin + 9);
        return end < 0 ? null : error[(begin + 9)..end];
    }
}
