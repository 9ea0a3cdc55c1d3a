using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>The state store as its contract describes it, in the simplest way.</summary>
internal sealed class MemoryStateStore : IStateStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MemoryDestination> _destinations = [];
    private readonly List<ReplayJob> _replays = [];
    private readonly List<RejectedIngest> _rejected = [];
    private long _lastNumber;

    public long? BeginsAt { get; set; }

    /// <summary>Thrown by saves while set.</summary>
    public Exception? SaveFailure { get; set; }

    /// <summary>Thrown by everything while set.</summary>
    public Exception? Unavailable { get; set; }

    /// <summary>Saves wait for it while set.</summary>
    public Task? SaveGate { get; set; }

    /// <summary>Says which saves fail, and how, while set.</summary>
    public Func<IReadOnlyList<DestinationSave>, Exception?>? SaveFault { get; set; }

    /// <summary>Lanes are counted only once it has completed, while set.</summary>
    public Task? CountGate { get; set; }

    /// <summary>Runs once destinations have been registered.</summary>
    public Func<Task>? Registered { get; set; }

    /// <summary>Saves must make sense as a dispatcher's do: counters agree with what is parked, lanes with events have a due time.</summary>
    public bool IsStrict { get; init; } = true;

    /// <summary>Finds an event, for what dead letters of a forgotten destination say of it.</summary>
    public Func<long, Event?> FindEvent { get; set; } = _ => null;

    public int Saves { get; private set; }

    private bool Dead { get; set; }

    public MemoryStateStore Crash()
    {
        lock (_lock)
        {
            Dead = true;
            return Copy();
        }
    }

    /// <summary>What a backup of this moment holds.</summary>
    public MemoryStateStore Copy()
    {
        lock (_lock)
        {
            var found = new MemoryStateStore { IsStrict = IsStrict, _lastNumber = _lastNumber, BeginsAt = BeginsAt };
            found._replays.AddRange(_replays);
            found._rejected.AddRange(_rejected);
            foreach (var (name, destination) in _destinations)
            {
                found._destinations.Add(name, destination.Clone());
            }

            return found;
        }
    }

    public IReadOnlyList<DeadLetter> DeadLettersOf(string destination)
    {
        lock (_lock)
        {
            return [.. _destinations[destination].Dead.Values.Select(stored => stored.Letter)];
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

    public Task<IReadOnlyList<DestinationRecord>> LoadDestinationsAsync(CancellationToken cancellationToken) => Read<IReadOnlyList<DestinationRecord>>(
        () => [.. _destinations.Values.Where(destination => !destination.Forgotten)
            .Select(destination => destination.Record with { DeadLetters = destination.Dead.Count })]);

    public async Task RegisterAsync(IReadOnlyList<DestinationRecord> added, IReadOnlyList<string> listed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ThrowIfUnavailable();
            foreach (var record in added)
            {
                if (!_destinations.TryGetValue(record.Name, out var known))
                {
                    _destinations.Add(record.Name, new MemoryDestination { Record = record });
                }
                else if (known.Forgotten)
                {
                    (known.Forgotten, known.Record) = (false, record);
                }
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

    public Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken) => Write(() =>
    {
        _destinations[unread.Destination].Forget(unread, FindEvent, NextNumber);
        Replayed(replay => replay.Destination == unread.Destination, replay => replay.Progress with
        {
            State = ReplayState.Failed, FinishedAt = unread.At, Reason = "The destination was removed.",
        });
    });

    public async Task SaveAsync(IReadOnlyList<DestinationSave> saves, CancellationToken cancellationToken)
    {
        if (SaveGate is { } gate)
        {
            await gate.ConfigureAwait(false);
        }

        ThrowIfUnavailable();
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
            if (saves.FirstOrDefault(save => !_destinations.TryGetValue(save.Destination, out var found) || found.Forgotten) is { } impossible)
            {
                throw new InvalidOperationException($"Destination '{impossible.Destination}' is not there.");
            }

            foreach (var save in saves)
            {
                _destinations[save.Destination].Apply(save, NextNumber, IsStrict);
                foreach (var (name, progress) in save.Changes.OfType<StateChange.Replayed>())
                {
                    Replayed(replay => replay.Id == name && replay.Destination == save.Destination, _ => progress);
                }
            }
        }
    }

    public Task<IReadOnlySet<long>> FindParkedAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken) =>
        Read<IReadOnlySet<long>>(() => positions.Intersect(_destinations[destination].Parked.Values.Select(parked => parked.Position)).ToHashSet());

    public Task<IReadOnlyList<StoredDeadLetter>> ReadDeadLettersAsync(DeadLetterQuery query, CancellationToken cancellationToken) => Read<IReadOnlyList<StoredDeadLetter>>(() =>
    {
        if (query is { FromPosition: not null, Destination: null })
        {
            throw new ArgumentException("The order of positions needs a destination.", nameof(query));
        }

        var found = Letters(query.Destination, query.Filter);
        return query.FromPosition is { } from
            ? [.. found.Where(stored => stored.Letter.Position >= from).OrderBy(stored => stored.Letter.Position).Take(query.Limit)]
            : [.. found.Where(stored => !(stored.Number >= query.Before)).OrderByDescending(stored => stored.Number).Take(query.Limit)];
    });

    public Task<long> CountDeadLettersAsync(string? destination, DeadLetterFilter filter, CancellationToken cancellationToken) =>
        Read(() => (long)Letters(destination, filter).Count());

    public Task DeleteDeadLettersAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken) =>
        Write(() => _destinations[destination].DeleteLetters(positions));

    public Task<IReadOnlyList<GivenUpRange>> ReadGivenUpAsync(string? destination, int limit, CancellationToken cancellationToken) => Read<IReadOnlyList<GivenUpRange>>(
        () => [.. Of(destination).SelectMany(found => found.GivenUp).OrderByDescending(range => range.Number).Take(limit)]);

    public Task AddReplayAsync(ReplayJob replay, CancellationToken cancellationToken) => Write(() =>
    {
        if (!_destinations.ContainsKey(replay.Destination))
        {
            throw new InvalidOperationException($"Destination '{replay.Destination}' is not there.");
        }

        if (!_replays.Exists(known => known.Id == replay.Id))
        {
            _replays.Insert(0, replay);
            _replays.RemoveAll(known => known.Progress.State is not ReplayState.Running
                && ((known.Progress.FinishedAt < replay.CreatedAt.AddDays(-7) && (known.OfDeadLetters || known.Progress.Next <= 1)) || _replays.IndexOf(known) >= 100));
        }
    });

    public Task EndReplayAsync(string replay, ReplayProgress progress, CancellationToken cancellationToken) =>
        Write(() => Replayed(known => known.Id == replay, _ => progress));

    public Task<IReadOnlyList<ReplayJob>> LoadReplaysAsync(CancellationToken cancellationToken) => Read<IReadOnlyList<ReplayJob>>(() => [.. _replays]);

    public Task AddRejectedAsync(IReadOnlyList<RejectedIngest> rejected, CancellationToken cancellationToken) => Write(() =>
    {
        foreach (var one in rejected)
        {
            _rejected.Insert(0, one with { Number = NextNumber(), Body = one.Body[..Math.Min(one.Body.Length, 32 << 10)] });
        }

        var now = rejected.Select(one => one.At).DefaultIfEmpty().Max();
        _rejected.RemoveAll(one => now - one.At > TimeSpan.FromDays(7));
        _rejected.RemoveRange(Math.Min(10_000, _rejected.Count), Math.Max(0, _rejected.Count - 10_000));
        while (_rejected.Sum(one => (long)one.Body.Length) > 16 << 20)
        {
            _rejected.RemoveAt(_rejected.Count - 1);
        }
    });

    public Task<IReadOnlyList<RejectedIngest>> ReadRejectedAsync(string? source, long? before, int limit, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<RejectedIngest>>(() => [.. _rejected.Where(one => (source ?? one.Source) == one.Source && !(one.Number >= before)).Take(limit)]);

    public Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken) =>
        Read(() => (long)_rejected.RemoveAll(one => (source ?? one.Source) == one.Source));

    public async Task<IReadOnlyList<ParkedLaneCount>> CountLanesAsync(string destination, CancellationToken cancellationToken)
    {
        if (CountGate is { } gate)
        {
            await gate.WaitAsync(cancellationToken);
        }

        lock (_lock)
        {
            ThrowIfUnavailable();
            return [.. _destinations[destination].Parked.Values.GroupBy(parked => parked.Lane)
                .Select(lane => new ParkedLaneCount(lane.Key, lane.Count(), lane.Min(parked => parked.ParkedAt), lane.Max(parked => parked.Turn)))];
        }
    }

    public Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken) => Read<IReadOnlyList<ParkedLane>>(
        () => [.. _destinations[destination].Due.Select(pair => new ParkedLane(pair.Key, pair.Value)).OrderBy(lane => lane.Due).Take(limit)]);

    public Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<ParkedEvent>>(() =>
            [.. _destinations[destination].Parked.Values.Where(parked => parked.Lane == lane && parked.Place > after).OrderBy(parked => parked.Place).Take(limit)]);

    public Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken) =>
        Read(() => _destinations[destination].Parked.Values.Select(parked => (long?)parked.Position).Min());

    public Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken) =>
        Read(() => _destinations[destination].FindEvent(position));

    private Task<T> Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            if (Unavailable is { } failure)
            {
                return Task.FromException<T>(failure);
            }

            return Task.FromResult(read());
        }
    }

    private Task Write(Action write)
    {
        lock (_lock)
        {
            if (Unavailable is { } failure)
            {
                return Task.FromException(failure);
            }

            if (!Dead)
            {
                write();
            }
        }

        return Task.CompletedTask;
    }

    private void ThrowIfUnavailable()
    {
        if (Unavailable is { } failure)
        {
            throw failure;
        }
    }

    private long NextNumber() => ++_lastNumber;

    private IEnumerable<MemoryDestination> Of(string? destination) =>
        _destinations.Where(pair => pair.Key == (destination ?? pair.Key)).Select(pair => pair.Value);

    private IEnumerable<StoredDeadLetter> Letters(string? destination, DeadLetterFilter filter) => Of(destination).SelectMany(found => found.Dead.Values).Where(stored =>
        (filter.Key ?? stored.Letter.Key) == stored.Letter.Key
        && (filter.Type ?? stored.Letter.Type) == stored.Letter.Type
        && (filter.Class ?? stored.Letter.Class) == stored.Letter.Class
        && !(stored.Letter.At < filter.Since)
        && !(stored.Letter.At >= filter.Until)
        && (filter.Position ?? stored.Letter.Position) == stored.Letter.Position);

    // Replays that have ended stay as they ended.
    private void Replayed(Func<ReplayJob, bool> which, Func<ReplayJob, ReplayProgress> progress)
    {
        for (var i = 0; i < _replays.Count; i++)
        {
            if (_replays[i].Progress.State is ReplayState.Running && which(_replays[i]))
            {
                _replays[i] = _replays[i] with { Progress = progress(_replays[i]) };
            }
        }
    }
}
