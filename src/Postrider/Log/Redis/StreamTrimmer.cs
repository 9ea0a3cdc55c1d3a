using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Cuts off what every destination of a partition has settled, when its retention is over or memory is short.</summary>
internal sealed class StreamTrimmer(PartitionHost host, RedisConnection connection, MemoryGuard memory, TimeSpan? retain, int partitions, TimeProvider time)
{
    // A step keeps Redis busy for about a millisecond.
    private const int StepPositions = 2000;
    private const int StepBodies = 100;

    // What a stream entry costs beside the event's bytes.
    private const int EntryOverhead = 31;

    private static readonly TimeSpan DefaultRetain = TimeSpan.FromMinutes(5);

    private readonly RedisKey[] _keys = [host.Keys.Meta, host.Keys.Log, host.Keys.Bodies, host.Keys.References, host.Keys.State("pins")];

    // When which position was the lowest one needed, oldest first: what has been settled for how long.
    private readonly Queue<(DateTimeOffset At, long Lowest)> _settled = new();
    private Pin _pin = Nothing;

    /// <summary>What holds the most, for people; null: nothing does.</summary>
    public string? DescribePin()
    {
        var behind = host.Current.EndPosition - _pin.Position;
        return behind <= 0 ? null
            : _pin.Replay is { } replay ? $"the replay {replay} to destination '{_pin.Destination}' reads from position {_pin.Position} of partition {host.Number} on"
            : $"destination '{_pin.Destination}' is {behind} events behind in partition {host.Number}";
    }

    /// <summary>How many events are still needed.</summary>
    public long Unsettled => Math.Max(0, host.Current.EndPosition - Math.Max(_pin.Position, host.Current.FirstPosition));

    /// <summary>About what they weigh in Redis.</summary>
    public long UnsettledBytes => Unsettled * (host.Current.AverageBytes + EntryOverhead);

    /// <summary>One pass. How many positions went.</summary>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var partition = host.Current;
        var first = partition.FirstPosition;
        if (!partition.Lease.IsHeld)
        {
            // Its owner trims. What holds the most is told by whoever refuses events.
            _pin = memory.IsShort ? await FindPinAsync(partition, cancellationToken).ConfigureAwait(false) : Nothing;
            return 0;
        }

        _pin = await FindPinAsync(partition, cancellationToken).ConfigureAwait(false);
        var target = Target(partition, Math.Min(_pin.Position, partition.EndPosition));
        while (partition.FirstPosition < target && await StepAsync(partition, target).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return partition.FirstPosition - first;
    }

    private static Pin Nothing => new(null, null, long.MaxValue);

    private static async Task<Pin> FindPinAsync(RedisPartition partition, CancellationToken cancellationToken)
    {
        var lowest = Nothing;
        foreach (var destination in await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false))
        {
            lowest = lowest.Or(new Pin(destination.Name, null, destination.Progress.Cursor));
        }

        foreach (var replay in await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!replay.OfDeadLetters && replay.Progress.State is ReplayState.Running)
            {
                lowest = lowest.Or(new Pin(replay.Destination, replay.Id, replay.Progress.Next));
            }
        }

        return lowest;
    }

    private long Target(RedisPartition partition, long lowest)
    {
        var now = time.GetUtcNow();
        if (_settled.Count == 0 || _settled.Last().Lowest != lowest)
        {
            _settled.Enqueue((now, lowest));
        }

        if (memory.IsShort)
        {
            return lowest;
        }

        // All settled before the newest sample that is old enough may go; that sample stays, for the next pass.
        var target = partition.FirstPosition;
        while (_settled.TryPeek(out var oldest) && now - oldest.At >= (retain ?? DefaultRetain))
        {
            target = oldest.Lowest;
            _settled.Dequeue();
        }

        if (retain is null && memory.Limit > 0)
        {
            var share = memory.Limit / 10 / partitions / (partition.AverageBytes + EntryOverhead);
            target = Math.Max(target, lowest - share);
        }

        return Math.Min(target, lowest);
    }

    private async Task<bool> StepAsync(RedisPartition partition, long target)
    {
        var first = partition.FirstPosition;
        var generations = partition.Generations;
        var before = Math.Min(target, generations.EndOf(first));
        RedisValue[] values =
        [
            partition.Generation, before, generations.Of(first), StepPositions, StepBodies, (partition.Lease as PartitionLease)?.Token ?? "",
            .. generations.EndedBy(before).SelectMany(static ended => (RedisValue[])[ended.Generation, ended.End]),
        ];
        try
        {
            var answer = (RedisResult[])(await connection.RunAsync(RedisScripts.Trim, _keys, values).ConfigureAwait(false))!;
            if ((string)answer[0]! is "moved" or "lost")
            {
                await host.LookAsync().ConfigureAwait(false);
                return false;
            }

            partition.Truncated((long)answer[1]);
            return partition.FirstPosition > first;
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }
    }

    private readonly record struct Pin(string? Destination, string? Replay, long Position)
    {
        public Pin Or(Pin other) => other.Position < Position ? other : this;
    }
}
