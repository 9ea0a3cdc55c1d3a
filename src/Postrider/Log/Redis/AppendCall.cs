using Postrider.Events;

namespace Postrider.Log.Redis;

/// <summary>The events that one script call stores, partition by partition. Filled under the appender's lock, then owned by its pump.</summary>
internal sealed class AppendCall
{
    private int _finished;

    /// <summary>The partitions that get events.</summary>
    public List<AppendPart> Parts { get; } = [];

    public Hearings Hearings { get; } = new();

    public int Events { get; private set; }

    public long Bytes { get; private set; }

    public void Add(PartitionHost host, Event @event)
    {
        var part = Parts.Find(part => part.Host == host);
        if (part is null)
        {
            part = new AppendPart(host);
            Parts.Add(part);
        }

        part.Add(@event);
        Events++;
        Bytes += @event.Memory.Length;
    }

    /// <summary>Tells all who wait: stored, or not known to be. False: they were told before.</summary>
    public bool TryFinish(Exception? failure)
    {
        if (Interlocked.Exchange(ref _finished, 1) != 0)
        {
            return false;
        }

        if (failure is null)
        {
            Hearings.Complete();
        }
        else
        {
            Hearings.Fail(failure);
        }

        return true;
    }
}
