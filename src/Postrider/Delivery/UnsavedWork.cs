using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>What a dispatcher owes the saver: whether anything has changed since the last save, how soon it must be saved, and which lanes wait for it.</summary>
internal sealed class UnsavedWork(DispatcherBooks books)
{
    private readonly List<(LaneId Lane, long Save)> _held = [];
    private (long Read, int Outstanding) _seen = (books.Progress.ReadPosition, books.Progress.OutstandingCount);
    private bool _dirty;
    private bool _urgent;
    private bool _marked;

    public void Touch() => _dirty = true;

    public void SaveSoon()
    {
        _dirty = true;
        _urgent = true;
    }

    /// <summary>The lane goes on when this save is on stable storage.</summary>
    public void HoldUntilSaved(LaneId lane, long save)
    {
        books.Lanes.Hold(lane);
        _held.Add((lane, save));
    }

    /// <summary>Whether the saver must be told; once told, it is told again only when it has become urgent.</summary>
    public bool MustTell(out bool urgent)
    {
        // Whatever changed, by whomever: progress and changes that no save takes would be waited for in vain.
        var now = (books.Progress.ReadPosition, books.Progress.OutstandingCount);
        _dirty |= _seen != now || books.Changes.Count > 0;
        _seen = now;
        urgent = _urgent;
        if (!_dirty || (_marked && !_urgent))
        {
            return false;
        }

        _marked = true;
        _urgent = false;
        return true;
    }

    /// <summary>Hands all that has changed to a save.</summary>
    public DestinationSave Take(string destination)
    {
        _dirty = false;
        _marked = false;
        return new DestinationSave(destination) { Progress = books.Progress.Snapshot(), Counters = books.Counters, Changes = books.Changes.Take() };
    }

    /// <summary>The save that was taken last is on stable storage.</summary>
    public void OnSaved()
    {
        books.Changes.MarkSaved();
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            if (_held[i].Save <= books.Changes.Saved)
            {
                books.Lanes.Release(_held[i].Lane);
                _held.RemoveAt(i);
            }
        }
    }
}
