using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// What has changed for a destination and is not yet on stable storage: what waits for the next save, and what is being saved.
/// Each save has a number; whoever must not go on before a change is saved remembers the number and waits for it.
/// </summary>
internal sealed class PendingChanges
{
    private List<StateChange> _next = [];
    private IReadOnlyList<StateChange> _saving = [];

    /// <summary>The number of the save that will hold a change made now.</summary>
    public long Number { get; private set; } = 1;

    /// <summary>The newest save that is on stable storage.</summary>
    public long Saved { get; private set; }

    public int Count => _next.Count;

    public void Add(StateChange change) => _next.Add(change);

    /// <summary>Hands what has changed to a save, and begins the next.</summary>
    public IReadOnlyList<StateChange> Take()
    {
        _saving = _next;
        _next = [];
        Number++;
        return _saving;
    }

    /// <summary>The save that was taken last is on stable storage.</summary>
    public void MarkSaved()
    {
        _saving = [];
        Saved = Number - 1;
    }

    /// <summary>The newest unsaved change that says where the event stands; null: the state store knows.</summary>
    public StateChange? Find(long position) => Find(_next, position) ?? Find(_saving, position);

    /// <summary>The newest unsaved routes that were in force for the position; null: the state store knows.</summary>
    public string? FindRoutes(long position) => _saving.Concat(_next)
        .OfType<StateChange.Route>().LastOrDefault(route => route.FromPosition <= position)?.Text;

    // A dead letter leaves the retry store in the same breath: the letter says more.
    private static StateChange? Find(IReadOnlyList<StateChange> changes, long position)
    {
        var newest = changes.LastOrDefault(change => Concerns(change, position));
        return newest is StateChange.Unpark
            ? changes.LastOrDefault(change => change is StateChange.Bury && Concerns(change, position)) ?? newest
            : newest;
    }

    private static bool Concerns(StateChange change, long position) => change switch
    {
        StateChange.Park park => park.Event.Position == position,
        StateChange.Unpark unpark => unpark.Place.Position == position,
        StateChange.Bury bury => bury.Letter.Position == position,
        _ => false,
    };
}
