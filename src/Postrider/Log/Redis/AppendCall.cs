using Postrider.Events;

namespace Postrider.Log.Redis;

/// <summary>The events that one script call stores. Filled under the writer's lock, then owned by the writer.</summary>
internal sealed class AppendCall
{
    private int _finished;

    /// <summary>Handed to the listener, who may keep it.</summary>
    public List<Event> Events { get; } = [];

    public Hearings Hearings { get; } = new();

    /// <summary>Of the largest event.</summary>
    public long Largest { get; private set; }

    public long Bytes { get; private set; }

    public void Add(Event @event)
    {
        Events.Add(@event);
        Bytes += @event.Memory.Length;
        Largest = Math.Max(Largest, @event.Memory.Length);
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
