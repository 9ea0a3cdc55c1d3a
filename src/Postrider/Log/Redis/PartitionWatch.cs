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

    /// <summary>Somebody listens here: events of others are of interest at once.</summary>
    public bool IsWaiting => host.Current.Tail.HasListener;

    /// <summary>Asks, and reads what is new.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var meta = await connection.Database.HashGetAsync(host.Keys.Meta, Fields, CommandFlags.DemandMaster).ConfigureAwait(false);
        await HearAsync(new PartitionLook((long?)meta[0], (long)meta[1], (long)meta[2], meta[3], null, null, 0), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes in what a look told, and reads what is new.</summary>
    public async Task HearAsync(PartitionLook look, CancellationToken cancellationToken)
    {
        while (true)
        {
            var partition = host.Current;
            if (look.Generation != partition.Generation)
            {
                await host.LookAsync().ConfigureAwait(false);
                return;
            }

            partition.Truncated(look.Truncated);

            // The answer of an append under way tells the end just as well, and needs no reading.
            if (!appender.IsBusy)
            {
                partition.Tail.Learn(look.Last + 1);
            }

            if (partition.Tail.IsBehind)
            {
                await partition.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!partition.Tail.HasListener || look.Reader == member || look.Reader == Several)
            {
                return;
            }

            // Then once more: an event may have come in between.
            try
            {
                await connection.Database.HashSetAsync(host.Keys.Meta, "reader", look.Reader is null ? member : Several, flags: CommandFlags.DemandMaster).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (RedisErrors.IsFull(e))
            {
                // Nobody appends to a full Redis; when it has room again, this is asked again.
                return;
            }

            var meta = await connection.Database.HashGetAsync(host.Keys.Meta, Fields, CommandFlags.DemandMaster).ConfigureAwait(false);
            look = new PartitionLook((long?)meta[0], (long)meta[1], (long)meta[2], meta[3], null, null, 0);
        }
    }
}
