using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Forgets the repeat keys of a partition whose windows are over, or that there is no room for: appends do so too, but a full log has none.</summary>
internal sealed class RepeatPurge(PartitionHost host, RedisConnection connection, MemoryGuard memory)
{
    // A step keeps Redis busy for some milliseconds.
    private const int StepIds = 2000;

    private readonly RedisKey[] _keys = [host.Keys.Meta, host.Keys.Repeats, host.Keys.RepeatEnds];
    private long? _forgottenBefore;
    private long _left;
    private long _forgotten;

    /// <summary>How many are remembered, as of the last pass.</summary>
    public long Left => Volatile.Read(ref _left);

    /// <summary>How many went since the start although their windows were not over.</summary>
    public long ForgottenEarly => Volatile.Read(ref _forgotten);

    /// <summary>One pass.</summary>
    /// <returns>How many went.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        long all = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisValue[] values = [host.Current.Generation, memory.RepeatsOfPartition, StepIds];
            var answer = await CallAsync(values).ConfigureAwait(false);
            if ((string)answer[0]! == "moved")
            {
                // The next look finds the partition's successor.
                return all;
            }

            var (gone, forgotten) = ((long)answer[1], (long)answer[3]);
            Volatile.Write(ref _left, (long)answer[2]);
            Volatile.Write(ref _forgotten, forgotten - (_forgottenBefore ??= forgotten));
            all += gone;
            if (gone < StepIds)
            {
                return all;
            }
        }
    }

    private async Task<RedisResult[]> CallAsync(RedisValue[] values)
    {
        try
        {
            return (RedisResult[])(await connection.RunAsync(RedisScripts.Purge, _keys, values).ConfigureAwait(false))!;
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }
    }
}
