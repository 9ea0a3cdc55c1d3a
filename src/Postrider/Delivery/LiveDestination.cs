using System.Collections.Concurrent;
using Postrider.Journal;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>A destination while it lives: what its dispatchers share, one for each partition that this process owns.</summary>
internal sealed class LiveDestination
{
    private readonly ConcurrentDictionary<int, AttemptCounters> _counters = new();
    private volatile DestinationModel _model;
    private volatile DestinationControl _control = DestinationControl.None;
    private readonly Lock _placing = new();
    private volatile Dispatcher?[] _byPartition = [];
    private volatile Dispatcher[] _dispatchers = [];

    public LiveDestination(string name, int slot, DestinationModel model, TimeProvider time, Func<double> random)
    {
        Name = name;
        Slot = slot;
        Breaker = new DestinationBreaker(time, random);
        Rate = new RateGate(time);
        _model = model;
        Apply(model);
    }

    public string Name { get; }

    /// <summary>Its number in routes.</summary>
    public int Slot { get; }

    public DestinationModel Model => _model;

    public DestinationControl Control => _control;

    public SharedSlots Slots { get; } = new();

    public DestinationBreaker Breaker { get; }

    public RateGate Rate { get; }

    /// <summary>What its attempts are counted with, a partition each.</summary>
    public IEnumerable<AttemptCounters> Counters => _counters.Values;

    public IReadOnlyList<Dispatcher> Dispatchers => _dispatchers;

    /// <summary>The lane of the last probe: the next takes another, so that one poisonous event cannot keep a destination shut.</summary>
    public LaneId LastProbe { get; set; }

    /// <summary>The last probe was a retry: the next is a new event, so that many failing keys cannot keep a destination shut either.</summary>
    public bool LastProbeWasRetry { get; set; }

    /// <summary>For people: its backlog is beyond a limit that holds it; null: it is not.</summary>
    public string? BacklogWarning { get; set; }

    /// <summary>They stay over the partition's generations, and over its dispatchers with them.</summary>
    public AttemptCounters CountersOf(int partition) => _counters.GetOrAdd(partition, static _ => new AttemptCounters());

    /// <summary>Hears what the destination itself decided: it disabled itself, or asked to be left alone until a time.</summary>
    public Action<SharedControl> Decided { get; set; } = _ => { };

    /// <summary>The one that delivers from the partition; null: this process does not.</summary>
    public Dispatcher? DispatcherOf(int partition) => _byPartition is var all && partition < all.Length ? all[partition] : null;

    /// <summary>One for each partition of the log, null where this process does not deliver from it.</summary>
    public void SetDispatchers(IEnumerable<Dispatcher?> byPartition)
    {
        lock (_placing)
        {
            Place([.. byPartition]);
        }
    }

    /// <summary>There is another dispatcher for the partition, which began from what its storage holds; null: there is none now.</summary>
    public void Replace(int partition, Dispatcher? dispatcher)
    {
        lock (_placing)
        {
            Dispatcher?[] all = [.. _byPartition];
            all[partition] = dispatcher;
            Place(all);
        }

        // The others' share has changed. The new one is woken by its start, once its ring knows it.
        foreach (var other in _dispatchers.Where(other => other != dispatcher))
        {
            other.Wake();
        }
    }

    /// <summary>Takes a reloaded model into force; attempts in flight end with the old one.</summary>
    public void Apply(DestinationModel model)
    {
        var old = Interlocked.Exchange(ref _model!, model);
        Share();
        if (old != model)
        {
            old.Leave();
            WakeAll();
        }
    }

    /// <summary>Takes a pause, a disablement or the end of them into force.</summary>
    public void Apply(DestinationControl control)
    {
        _control = control;
        WakeAll();
    }

    /// <summary>
    /// How much of a total over all processes is this one's: each partition has its part, so that the parts of all partitions are the total, and
    /// at least 1, so that a partition whose part is 0 is delivered too.
    /// </summary>
    internal static int ShareOf(int total, int partitions, IEnumerable<int> owned) =>
        Math.Max(1, owned.Sum(number => (int)(((long)total * (number + 1) / partitions) - ((long)total * number / partitions))));

    private void Place(Dispatcher?[] byPartition)
    {
        _byPartition = byPartition;
        _dispatchers = [.. byPartition.OfType<Dispatcher>()];
        Share();
    }

    // Concurrency and rate limit are for all processes together.
    private void Share()
    {
        var (all, config) = (_byPartition, _model.Config);
        var owned = Enumerable.Range(0, all.Length).Where(number => all[number] is not null).ToList();
        Slots.Resize(owned.Count == 0 ? config.Concurrency : ShareOf(config.Concurrency, all.Length, owned));
        Rate.Set(config.RateLimit, owned.Count == 0 ? 1 : (double)owned.Count / all.Length);
    }

    public void WakeAll()
    {
        foreach (var dispatcher in _dispatchers)
        {
            dispatcher.Wake();
        }
    }

    /// <summary>The model in force, entered: an attempt may use it until it leaves it. Null: the destination has been removed.</summary>
    public DestinationModel? EnterModel()
    {
        while (true)
        {
            var model = _model;
            if (model.TryEnter())
            {
                return model;
            }

            // Closed between the look and the step in: a newer one is in force by now, or none ever will be.
            if (model == _model)
            {
                return null;
            }
        }
    }
}
