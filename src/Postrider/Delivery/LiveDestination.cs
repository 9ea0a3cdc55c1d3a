using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>A destination while it lives: what its dispatchers (one a partition) share.</summary>
internal sealed class LiveDestination
{
    private volatile DestinationModel _model;
    private volatile DestinationControl _control = DestinationControl.None;
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

    public IReadOnlyList<Dispatcher> Dispatchers => _dispatchers;

    /// <summary>The lane of the last probe: the next takes another, so that one poisonous event cannot keep a destination shut.</summary>
    public LaneId LastProbe { get; set; }

    /// <summary>The last probe was a retry: the next is a new event, so that many failing keys cannot keep a destination shut either.</summary>
    public bool LastProbeWasRetry { get; set; }

    /// <summary>For people: its backlog is beyond a limit that holds it; null: it is not.</summary>
    public string? BacklogWarning { get; set; }

    public void SetDispatchers(IEnumerable<Dispatcher> dispatchers) => _dispatchers = [.. dispatchers];

    /// <summary>One partition has a new generation, and there is a dispatcher that began from it.</summary>
    public void Replace(int partition, Dispatcher dispatcher)
    {
        Dispatcher[] all = [.. _dispatchers];
        all[partition] = dispatcher;
        _dispatchers = all;
    }

    /// <summary>Takes a reloaded model into force; attempts in flight end with the old one.</summary>
    public void Apply(DestinationModel model)
    {
        var old = Interlocked.Exchange(ref _model!, model);
        Slots.Resize(model.Config.Concurrency);
        Rate.Set(model.Config.RateLimit);
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
