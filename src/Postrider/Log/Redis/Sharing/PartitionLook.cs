using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>What <c>look.lua</c> tells of a partition.</summary>
/// <param name="Generation">Its generation; null: it has none, or the server was restarted and nobody has begun the next.</param>
/// <param name="Last">The last position given.</param>
/// <param name="Truncated">The first position held.</param>
/// <param name="Reader">Who sleeps until something is appended.</param>
/// <param name="Owner">Who holds its lease; null: nobody.</param>
/// <param name="Token">The lease's token; null: there is none.</param>
/// <param name="Until">When the lease is over, in Redis time, ms.</param>
internal sealed record PartitionLook(long? Generation, long Last, long Truncated, string? Reader, string? Owner, string? Token, long Until)
{
    public static PartitionLook Read(RedisResult answer)
    {
        var fields = (RedisResult[])answer!;
        return new PartitionLook((long?)fields[0], Number(fields[1]), Number(fields[2]), (string?)fields[3], (string?)fields[4], (string?)fields[5], Number(fields[6]));
    }

    private static long Number(RedisResult field) => field.IsNull ? 0 : (long)field;
}
