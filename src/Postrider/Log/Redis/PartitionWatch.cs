using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Finds what others did to a partition: a new generation, events appended elsewhere, a trim. And has itself told of the next event.</summary>
/// <remarks>
/// Meta's field <c>reader</c> names the process that sleeps until something is appended, or <c>*</c> for several. An append by another
/// one clears it and publishes a nudge; an append by the same one leaves it, because its listener is fed in memory: alone, nothing is published.
/// </remarks>
internal sealed class PartitionWatch(PartitionHost host, StreamAppender appender, RedisConnection connection, string member)
{
    private const string Several = "*";

    private static readonly RedisValue[] Fields = ["generation", "last", "truncated", "reader"];

    /// <summary>Asks once, and reads what is new.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var partition = host.Current;
            var meta = await connection.Database.HashGetAsync(host.Keys.Meta, Fields, CommandFlags.DemandMaster).ConfigureAwait(false);
            if (meta[0] != partition.Generation)
            {
                await host.LookAsync().ConfigureAwait(false);
                return;
            }

            partition.Truncated((long)meta[2]);

            // The answer of an append under way tells the end just as well, and needs no reading.
            if (!appender.IsBusy)
            {
                partition.Tail.Learn((long)meta[1] + 1);
            }

            if (partition.Tail.IsBehind)
            {
                await partition.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!partition.Tail.HasListener || meta[3] == member || meta[3] == Several)
            {
                return;
            }

            // Then once more: an event may have come in between.
            try
            {
                await connection.Database.HashSetAsync(host.Keys.Meta, "reader", meta[3].IsNull ? member : Several, flags: CommandFlags.DemandMaster).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (RedisErrors.IsFull(e))
            {
                // Nobody appends to a full Redis; when it has room again, this is asked again.
                return;
            }
        }
    }
}
