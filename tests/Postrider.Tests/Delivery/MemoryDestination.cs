using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>What <see cref="MemoryStateStore"/> knows of one destination.</summary>
internal sealed class MemoryDestination
{
    public required DestinationRecord Record { get; set; }

    public bool Forgotten { get; set; }

    public Dictionary<(LaneId Lane, ParkedPlace Place), ParkedEvent> Parked { get; init; } = [];

    public Dictionary<LaneId, DateTimeOffset> Due { get; init; } = [];

    public SortedDictionary<long, StoredDeadLetter> Dead { get; init; } = [];

    public HashSet<long> Tombstones { get; init; } = [];

    public List<GivenUpRange> GivenUp { get; init; } = [];

    public List<RouteRange> Routes { get; init; } = [];

    public MemoryDestination Clone() => new()
    {
        Record = Record,
        Forgotten = Forgotten,
        Parked = new(Parked),
        Due = new(Due),
        Dead = new(Dead),
        Tombstones = [.. Tombstones],
        GivenUp = [.. GivenUp],
        Routes = [.. Routes],
    };

    public void Apply(DestinationSave save, Func<long> number, bool isStrict)
    {
        Record = Record with { Progress = save.Progress, Counters = save.Counters };
        foreach (var change in save.Changes)
        {
            Apply(change, number, isStrict);
        }

        if (isStrict)
        {
            Assert.Equal(save.Counters.ParkedEvents, Parked.Count);
            Assert.Equal(Parked.Keys.Select(key => key.Lane).ToHashSet(), Due.Keys.ToHashSet());
        }
    }

    public void DeleteLetters(IReadOnlyCollection<long> positions)
    {
        foreach (var position in positions)
        {
            if (Dead.GetValueOrDefault(position) is { Letter: { Blocking: true, Lane: var lane } })
            {
                PassOver(lane, position);
            }

            Delete(position);
        }
    }

    public void Forget(GivenUpRange unread, Func<long, Event?> find, Func<long> number)
    {
        foreach (var parked in Parked.Values)
        {
            if (Dead.GetValueOrDefault(parked.Position) is { Letter.Blocking: true } blocked)
            {
                Dead[parked.Position] = blocked with { Letter = blocked.Letter with { Blocking = false } };
                continue;
            }

            var found = find(parked.Position);
            Bury(
                new DeadLetter(
                    parked.Position, parked.Lane, found?.Key, found?.Type, "forgotten", parked.LastError ?? new AttemptError("forgotten", null, unread.Reason),
                    default, parked.FirstAttempt, null, parked.Attempts, unread.At),
                number());
        }

        Parked.Clear();
        Due.Clear();
        GivenUp.Add(unread with { Number = number() });
        Forgotten = true;
    }

    public EventRecord FindEvent(long position)
    {
        var parked = Parked.Values.Where(parked => parked.Position == position).OrderBy(parked => parked.Place).FirstOrDefault();
        return new EventRecord(
            parked,
            parked is not null && Due.TryGetValue(parked.Lane, out var at) ? at : null,
            Dead.GetValueOrDefault(position)?.Letter,
            Tombstones.Contains(position),
            GivenUp.LastOrDefault(range => range.From <= position && range.Before > position),
            Routes.Where(range => range.FromPosition <= position).Select(range => range.Text).LastOrDefault());
    }

    private void Apply(StateChange change, Func<long> number, bool isStrict)
    {
        switch (change)
        {
            case StateChange.Park park:
                Parked[(park.Event.Lane, park.Event.Place)] = park.Event;
                break;
            case StateChange.Unpark unpark:
                Assert.True(Parked.Remove((unpark.Lane, unpark.Place)) || !isStrict, "An event that was not parked was unparked.");
                break;
            case StateChange.SetDue due:
                Due[due.Lane] = due.Due;
                break;
            case StateChange.ClearDue clear:
                Due.Remove(clear.Lane);
                break;
            case StateChange.Bury bury:
                Bury(bury.Letter, number());
                break;
            case StateChange.Exhume exhume:
                Dead.Remove(exhume.Position);
                Tombstones.Remove(exhume.Position);
                break;
            case StateChange.DeleteLetter delete:
                Delete(delete.Position);
                break;
            case StateChange.GiveUp give:
                GivenUp.Add(give.Range with { Number = number() });
                break;
            case StateChange.Route route:
                Routes.Add(new RouteRange(route.FromPosition, route.Text));
                break;
            case StateChange.Control control:
                Record = Record with { Control = control.Value };
                break;
        }
    }

    private void Bury(DeadLetter letter, long number)
    {
        Dead[letter.Position] = new StoredDeadLetter(number, Record.Name, letter);
        Tombstones.Remove(letter.Position);
    }

    private void Delete(long position)
    {
        if (Dead.Remove(position))
        {
            Tombstones.Add(position);
        }
    }

    // The blocked head goes with its letter; the lane is due.
    private void PassOver(LaneId lane, long position)
    {
        if (Parked.Values.Where(parked => parked.Lane == lane && parked.Position == position).MinBy(parked => parked.Place) is not { } head)
        {
            return;
        }

        Parked.Remove((lane, head.Place));
        Record = Record with { Counters = Record.Counters with { ParkedEvents = Record.Counters.ParkedEvents - 1 } };
        Due[lane] = DateTimeOffset.UnixEpoch;
        if (!Parked.Keys.Any(key => key.Lane == lane))
        {
            Due.Remove(lane);
        }
    }
}
