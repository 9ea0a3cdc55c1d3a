using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>
/// The audit log in Redis: one sorted set beside the log's meta, by time. It has no generation, and what Redis loses of it at a failover is lost.
/// An entry is the process's number for it, the process's name, and JSON: entries of one millisecond stay in their process's order.
/// </summary>
internal sealed class RedisAudit(RedisConnection connection, string prefix) : IAuditStore
{
    // 10 digits, 8 of the process.
    private const int HeadLength = 18;

    private readonly RedisKey[] _keys = [prefix + ":audit"];
    private readonly string _process = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private long _number;

    public async Task AddAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _number):D10}{_process}");
        var body = JsonSerializer.Serialize<string?[]>([record.By, record.From, record.Action, record.Target, record.Details]);
        await RunAsync(
            RedisScripts.AuditAdd,
            [record.At.ToUnixTimeMilliseconds(), head + body, IAuditStore.Kept, (record.At - IAuditStore.KeptFor).ToUnixTimeMilliseconds()],
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<AuditRecord>> ReadAsync(int limit, CancellationToken cancellationToken)
    {
        var answer = (RedisResult[])(await RunAsync(RedisScripts.AuditRead, [limit], cancellationToken).ConfigureAwait(false))!;
        return [.. answer.Chunk(2).Select(pair => Read((string)pair[0]!, (long)pair[1]))];
    }

    private static AuditRecord Read(string entry, long at) =>
        JsonSerializer.Deserialize<string?[]>(entry.AsSpan(HeadLength)) is [{ } by, var from, { } action, var target, { } details]
            ? new AuditRecord(DateTimeOffset.FromUnixTimeMilliseconds(at), by, from, action, target, details)
            : throw new InvalidDataException("The audit log in Redis holds an entry that is none.");

    private async Task<RedisResult> RunAsync(string script, RedisValue[] values, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.RunAsync(script, _keys, values).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }
    }
}
