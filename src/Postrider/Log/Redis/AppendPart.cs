using Postrider.Events;

namespace Postrider.Log.Redis;

/// <summary>The events of one partition in one script call.</summary>
internal sealed class AppendPart(PartitionHost host)
{
    public PartitionHost Host { get; } = host;

    /// <summary>The partition as it was known when the call went out.</summary>
    public RedisPartition Partition { get; private set; } = null!;

    /// <summary>Who reads on: meanwhile the partition may have got another owner, whose reader hears of the events too.</summary>
    public RedisPartition Reading => Host.Current is var current && current.Generation == Partition.Generation ? current : Partition;

    /// <summary>Handed to the listener, who may keep it.</summary>
    public List<Event> Events { get; } = [];

    /// <summary>How many of them have a repeat key.</summary>
    public int Repeats { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Of the largest event.</summary>
    public long Largest { get; private set; }

    public void Add(Event @event)
    {
        Events.Add(@event);
        Repeats += @event.RepeatKey is null ? 0 : 1;
        Bytes += @event.Memory.Length;
        Largest = Math.Max(Largest, @event.Memory.Length);
    }

    public void Look() => Partition = Host.Current;
}
