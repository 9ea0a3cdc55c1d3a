using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// What has changed for a destination and is not yet on stable storage: what waits for the next save, and what is being saved.
/// Each save has a number; whoever must not go on before a change is saved remembers the number and waits for it.
/// </summary>
internal sealed class PendingChanges
{
    private List<StateChange> _next = [];
    private List<StateChange> _saving = [];
    private HashSet<long>? _touched;

    /// <summary>The number of the save that will hold a change made now.</summary>
    public long Number { get; private set; } = 1;

    /// <summary>The newest save that is on stable storage.</summary>
    public long Saved { get; private set; }

    public int Count => _next.Count;

    public void Add(StateChange change)
    {
        _next.Add(change);
        if (_touched is not null)
        {
            Note(change);
        }
    }

    /// <summary>Hands what has changed to a save, and begins the next.</summary>
    public IReadOnlyList<StateChange> Take()
    {
        _saving = _next;
        _next = [];
        Number++;
        return _saving;
    }

    /// <summary>The save that was taken last is on stable storage.</summary>
    /// <returns>Whether it held changes.</returns>
    public bool MarkSaved()
    {
        var had = _saving.Count > 0;
        _saving = [];
        Saved = Number - 1;
        return had;
    }

    /// <summary>From now on <see cref="Touched"/> tells of what is unsaved now and of what changes; what is older the state store shows.</summary>
    public void Watch()
    {
        _touched = [];
        foreach (var change in _saving.Concat(_next))
        {
            Note(change);
        }
    }

    public void EndWatch() => _touched = null;

    /// <summary>Since <see cref="Watch"/> the event was parked, left the retry store, or became a dead letter.</summary>
    public bool Touched(long position) => _touched?.Contains(position) ?? false;

    /// <summary>The newest unsaved change that says whether the event is parked; null: the state store knows.</summary>
    public StateChange? FindParked(long position) => _saving.Concat(_next).LastOrDefault(change => change switch
    {
        StateChange.Park park => park.Event.Position == position,
        StateChange.Unpark unpark => unpark.Place.Position == position,
        _ => false,
    });

    /// <summary>The newest unsaved change that says whether the event is a dead letter; null: the state store knows.</summary>
    public StateChange? FindLetter(long position) => _saving.Concat(_next).LastOrDefault(change => change switch
    {
        StateChange.Bury bury => bury.Letter.Position == position,
        StateChange.Exhume exhume => exhume.Position == position,
        StateChange.DeleteLetter deleted => deleted.Position == position,
        _ => false,
    });

    /// <summary>The newest unsaved routes that were in force for the position; null: the state store knows.</summary>
    public string? FindRoutes(long position) => _saving.Concat(_next)
        .OfType<StateChange.Route>().LastOrDefault(route => route.FromPosition <= position)?.Text;

    /// <summary>The unsaved range with which the position was given up; null: the state store knows.</summary>
    public GivenUpRange? FindGivenUp(long position) => _saving.Concat(_next)
        .OfType<StateChange.GiveUp>().Select(change => change.Range).LastOrDefault(range => range.From <= position && position < range.Before);

    private void Note(StateChange change)
    {
        long? position = change switch
        {
            StateChange.Park park => park.Event.Position,
            StateChange.Unpark unpark => unpark.Place.Position,
            StateChange.Bury bury => bury.Letter.Position,
            _ => null,
        };
        if (position is { } touched)
        {
            _touched!.Add(touched);
        }
    }
}
