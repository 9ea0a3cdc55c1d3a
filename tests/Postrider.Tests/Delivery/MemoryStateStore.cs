using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The state store as its contract describes it, in the simplest way.</summary>
internal sealed class MemoryStateStore : IStateStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Destination> _destinations;

    public MemoryStateStore()
        : this([])
    {
    }

    private MemoryStateStore(Dictionary<string, Destination> destinations)
    {
        _destinations = destinations;
    }

    public long? BeginsAt { get; set; }

    /// <summary>Thrown by saves while set.</summary>
    public Exception? SaveFailure { get; set; }

    /// <summary>Saves wait for it while set.</summary>
    public Task? SaveGate { get; set; }

    /// <summary>Says which saves fail, and how, while set.</summary>
    public Func<IReadOnlyList<DestinationSave>, Exception?>? SaveFault { get; set; }

    /// <summary>Lanes are counted only once it has completed, while set.</summary>
    public Task? CountGate { get; set; }

    /// <summary>Runs once destinations have been registered.</summary>
    public Func<Task>? Registered { get; set; }

    public int Saves { get; private set; }

    private bool Dead { get; set; }

    public MemoryStateStore Crash()
    {
        lock (_lock)
        {
            Dead = true;
            return new MemoryStateStore(_destinations.ToDictionary(pair => pair.Key, pair => pair.Value.Clone()));
        }
    }

    public IReadOnlyList<DeadLetter> DeadLettersOf(string destination)
    {
        lock (_lock)
        {
            return [.. _destinations[destination].Dead.Values];
        }
    }

    public IReadOnlyList<ParkedEvent> ParkedOf(string destination)
    {
        lock (_lock)
        {
            return [.. _destinations[destination].Parked.Values];
        }
    }

    public Progress ProgressOf(string destination)
    {
        lock (_lock)
        {
            return _destinations[destination].Record.Progress;
        }
    }

    public Task<IReadOnlyList<DestinationRecord>> LoadDestinationsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<DestinationRecord>>(
                [.. _destinations.Values.Select(destination => destination.Record with { DeadLetters = destination.Dead.Count })]);
        }
    }

    public async Task RegisterAsync(IReadOnlyList<DestinationRecord> added, IReadOnlyList<string> listed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (var record in added)
            {
                _destinations.Add(record.Name, new Destination { Record = record });
            }

            foreach (var name in listed)
            {
                _destinations[name].Record = _destinations[name].Record with { LastListed = now };
            }

            BeginsAt = null;
        }

        if (Registered is { } then)
        {
            await then();
        }
    }

    public Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _destinations.Remove(unread.Destination);
        }

        return Task.CompletedTask;
    }

    public async Task SaveAsync(IReadOnlyList<DestinationSave> saves, CancellationToken cancellationToken)
    {
        if (SaveGate is { } gate)
        {
            await gate.ConfigureAwait(false);
        }

        if ((SaveFailure ?? SaveFault?.Invoke(saves)) is { } failure)
        {
            throw failure;
        }

        lock (_lock)
        {
            if (Dead)
            {
                return;
            }

            Saves++;
            foreach (var save in saves)
            {
                _destinations[save.Destination].Apply(save);
            }
        }
    }

    public async Task<IReadOnlyList<KeyValuePair<LaneId, int>>> CountLanesAsync(string destination, CancellationToken cancellationToken)
    {
        if (CountGate is { } gate)
        {
            await gate.WaitAsync(cancellationToken);
        }

        lock (_lock)
        {
            return [.. _destinations[destination].Parked.Values.GroupBy(parked => parked.Lane).Select(lane => KeyValuePair.Create(lane.Key, lane.Count()))];
        }
    }

    public Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<ParkedLane>>(
                [.. _destinations[destination].Due.Select(pair => new ParkedLane(pair.Key, pair.Value)).OrderBy(lane => lane.Due).Take(limit)]);
        }
    }

    public Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<ParkedEvent>>(
                [.. _destinations[destination].Parked.Values.Where(parked => parked.Lane == lane && parked.Place > after).OrderBy(parked => parked.Place).Take(limit)]);
        }
    }

    public Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_destinations[destination].Parked.Values.Select(parked => (long?)parked.Position).Min());
        }
    }

    public Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var found = _destinations[destination];
            var parked = found.Parked.Values.FirstOrDefault(parked => parked.Position == position);
            DateTimeOffset? due = parked is not null && found.Due.TryGetValue(parked.Lane, out var at) ? at : null;
            var routes = found.Routes.Where(range => range.FromPosition <= position).Select(range => range.Text).LastOrDefault();
            return Task.FromResult(new EventRecord(parked, due, found.Dead.GetValueOrDefault(position), false, null, routes));
        }
    }

    private sealed class Destination
    {
        public required DestinationRecord Record { get; set; }

        public Dictionary<(LaneId, ParkedPlace), ParkedEvent> Parked { get; init; } = [];

        public Dictionary<LaneId, DateTimeOffset> Due { get; init; } = [];

        public SortedDictionary<long, DeadLetter> Dead { get; init; } = [];

        public List<RouteRange> Routes { get; init; } = [];

        public Destination Clone() =>
            new() { Record = Record, Parked = new(Parked), Due = new(Due), Dead = new(Dead), Routes = [.. Routes] };

        public void Apply(DestinationSave save)
        {
            Record = Record with { Progress = save.Progress, Counters = save.Counters };
            foreach (var change in save.Changes)
            {
                Apply(change);
            }

            Assert.Equal(save.Counters.ParkedEvents, Parked.Count);
            Assert.Equal(Parked.Keys.Select(key => key.Item1).ToHashSet(), Due.Keys.ToHashSet());
        }

        private void Apply(StateChange change)
        {
            switch (change)
            {
                case StateChange.Park park:
                    Parked[(park.Event.Lane, park.Event.Place)] = park.Event;
                    break;
                case StateChange.Unpark unpark:
                    Assert.True(Parked.Remove((unpark.Lane, unpark.Place)), "An event that was not parked was unparked.");
                    break;
                case StateChange.SetDue due:
                    Due[due.Lane] = due.Due;
                    break;
                case StateChange.ClearDue clear:
                    Due.Remove(clear.Lane);
                    break;
                case StateChange.Bury bury:
                    Dead[bury.Letter.Position] = bury.Letter;
                    break;
                case StateChange.Route route:
                    Routes.Add(new RouteRange(route.FromPosition, route.Text));
                    break;
                case StateChange.Control control:
                    Record = Record with { Control = control.Value };
                    break;
            }
        }
    }
}
