using System.Globalization;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>A partition's meta as <c>open.lua</c> tells it.</summary>
/// <param name="Made">It was not there, and was made.</param>
/// <param name="Now">Redis time, in milliseconds since 1970.</param>
/// <param name="Generation">The partition's generation of now.</param>
/// <param name="Last">The last position given; 0: none.</param>
/// <param name="Truncated">The first position still held.</param>
/// <param name="Token">Of its lease; null: nobody holds it.</param>
/// <param name="Generations">All generations of the positions held.</param>
internal sealed record PartitionMeta(bool Made, long Now, long Generation, long Last, long Truncated, string? Token, Generations Generations)
{
    /// <summary>Opens the partition.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="keys">Which.</param>
    /// <param name="logId">The log that it must belong to.</param>
    /// <param name="known">The generation that this process knows; 0: none.</param>
    /// <param name="last">The last position of a meta that must be made.</param>
    /// <param name="mayMake">Whether one may be made where there is none.</param>
    /// <returns>Null: there is none.</returns>
    /// <exception cref="LogUnusableException">It belongs to another log.</exception>
    public static async Task<PartitionMeta?> OpenAsync(RedisConnection connection, PartitionKeys keys, string logId, long known, long last, bool mayMake)
    {
        var answer = (RedisResult[])(await connection.RunAsync(RedisScripts.Open, [keys.Meta], [known, logId, last, mayMake ? 1 : 0]).ConfigureAwait(false))!;
        if ((string)answer[0]! == "none")
        {
            return null;
        }

        if ((string)answer[0]! == "other")
        {
            throw new LogUnusableException(
                $"The key {keys.Meta} belongs to the log {answer[1]}, not to {logId}. Give each installation its own prefix, or remove the keys of the one that is gone.");
        }

        var fields = new Dictionary<string, long>();
        string? token = null;
        for (var i = 3; i + 1 < answer.Length; i += 2)
        {
            if ((string)answer[i]! == "token")
            {
                token = (string)answer[i + 1]!;
            }
            else if (long.TryParse((string)answer[i + 1]!, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                fields[(string)answer[i]!] = number;
            }
        }

        var starts = fields
            .Where(field => field.Key[0] == 'g' && char.IsAsciiDigit(field.Key[^1]))
            .Select(field => (Generation: long.Parse(field.Key.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture), First: field.Value))
            .OrderBy(start => start.Generation)
            .ToList();
        return new PartitionMeta((int)answer[1] == 1, (long)answer[2], fields["generation"], fields["last"], fields["truncated"], token, new Generations(starts));
    }
}
