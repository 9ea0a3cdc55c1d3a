using System.Globalization;

namespace Postrider.Load.Running;

/// <summary>The keys of a log by kind, all partitions together: what they take in memory, and how many things are in them.</summary>
internal sealed class RedisKeys
{
    // MEMORY USAGE with SAMPLES 0 looks at everything in a key. A kind is what stands behind the partition's hash tag.
    private const string Script =
        "local bytes, items, cursor = {}, {}, '0' "
        + "local sizes = {stream = 'XLEN', hash = 'HLEN', zset = 'ZCARD', set = 'SCARD', string = 'STRLEN', list = 'LLEN'} "
        + "repeat local found = redis.call('SCAN', cursor, 'COUNT', 1000) cursor = found[1] "
        + "for _, key in ipairs(found[2]) do local kind = string.match(key, '}:(.*)$') or key "
        + "bytes[kind] = (bytes[kind] or 0) + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) "
        + "items[kind] = (items[kind] or 0) + redis.call(sizes[redis.call('TYPE', key).ok], key) end until cursor == '0' "
        + "local answer = '' for kind, sum in pairs(bytes) do answer = answer .. kind .. ' ' .. sum .. ' ' .. items[kind] .. ';' end return answer";

    private readonly Dictionary<string, (long Bytes, long Items)> _kinds;

    private RedisKeys(Dictionary<string, (long Bytes, long Items)> kinds) => _kinds = kinds;

    public static async Task<RedisKeys> ReadAsync(RedisProcess redis, CancellationToken cancellationToken)
    {
        var answer = await redis.OrderAsync($"EVAL \"{Script}\" 0", cancellationToken);
        var kinds = answer.Split("\r\n")[1].Split(';', StringSplitOptions.RemoveEmptyEntries).Select(kind => kind.Split(' '));
        return new RedisKeys(kinds.ToDictionary(
            kind => kind[0], kind => (long.Parse(kind[1], CultureInfo.InvariantCulture), long.Parse(kind[2], CultureInfo.InvariantCulture)), StringComparer.Ordinal));
    }

    public long BytesOf(params ReadOnlySpan<string> kinds)
    {
        var sum = 0L;
        foreach (var kind in kinds)
        {
            sum += _kinds.GetValueOrDefault(kind).Bytes;
        }

        return sum;
    }

    public long ItemsOf(string kind) => _kinds.GetValueOrDefault(kind).Items;

    public long AllBytes => _kinds.Values.Sum(kind => kind.Bytes);

    public override string ToString() => string.Join(
        ", ",
        _kinds.OrderByDescending(kind => kind.Value.Bytes)
            .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} {kind.Value.Bytes:N0} B in {kind.Value.Items:N0}")));
}
