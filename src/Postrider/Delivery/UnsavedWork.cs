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
    private bool _waitsForSaver;

    public void Touch() => _dirty = true;

    /// <summary>There is work that must not begin while saving stalls. Being part of the next save is what brings it on when that is over.</summary>
    public void WaitForSaver()
    {
        _dirty = true;
        _waitsForSaver = true;
    }

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
    /// <returns>Whether something may go on: too many changes keep it from reading. Mere progress keeps it from nothing: a look again for each
    /// of a thousand destinations, ten times a second, would cost more than their events.</returns>
    public bool Take(string destination, TaskCompletionSource<DestinationSave> taken)
    {
        try
        {
            _dirty = false;
            _marked = false;
            var changes = books.Changes.Take();
            taken.SetResult(new DestinationSave(destination) { Progress = books.Progress.Snapshot(), Counters = books.Counters, Changes = changes });
            return changes.Count > 0;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            taken.SetException(exception);
            throw;
        }
    }

    /// <summary>The save that was taken last is on stable storage.</summary>
    /// <returns>Whether something waited for it: lanes that are held or due, or all that there is to do.</returns>
    public bool OnSaved()
    {
        var goesOn = books.Changes.MarkSaved() || _waitsForSaver || _held.Count > 0;
        _waitsForSaver = false;
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            if (_held[i].Save <= books.Changes.Saved)
            {
                books.Lanes.Release(_held[i].Lane);
                _held.RemoveAt(i);
            }
        }

        return goesOn;
    }
}
