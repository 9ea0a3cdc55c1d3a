using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Writes saves, within the caller's transaction, by statements prepared once. Belongs to the writing connection.</summary>
internal sealed class StateSaver(SqliteConnection connection) : IDisposable
{
    private readonly Statement _park = new(connection, """
        INSERT INTO parked(dest, lane, after, turn, pos, attempts, parked_at, first_attempt, err_class, err_status, err_message)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT(dest, lane, after, turn, pos) DO UPDATE SET attempts = excluded.attempts, parked_at = excluded.parked_at,
            first_attempt = excluded.first_attempt, err_class = excluded.err_class, err_status = excluded.err_status, err_message = excluded.err_message
        """);

    private readonly Statement _unpark = new(connection, "DELETE FROM parked WHERE dest = $1 AND lane = $2 AND after = $3 AND turn = $4 AND pos = $5");

    private readonly Statement _setDue = new(connection,
        "INSERT INTO lane_due(dest, lane, due) VALUES($1, $2, $3) ON CONFLICT(dest, lane) DO UPDATE SET due = excluded.due");

    private readonly Statement _clearDue = new(connection, "DELETE FROM lane_due WHERE dest = $1 AND lane = $2");

    private readonly Statement _isBuried = new(connection, "SELECT 1 FROM dead_letter WHERE dest = $1 AND pos = $2 AND deleted = 0");

    // A letter that replaces another, or a tombstone, gets a number of its own: it is news.
    private readonly Statement _bury = new(connection, """
        INSERT OR REPLACE INTO dead_letter(
            dest, pos, lane, key, type, class, err_class, err_status, err_message, answer, first_attempt, last_attempt, attempts, at, blocking)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """);

    private readonly Statement _exhume = new(connection, "DELETE FROM dead_letter WHERE dest = $1 AND pos = $2 RETURNING deleted");

    // What is deleted says nothing more than that.
    private readonly Statement _deleteLetter = new(connection, """
        UPDATE dead_letter SET deleted = 1, blocking = 0, key = NULL, type = NULL, err_message = '', answer = x'' WHERE dest = $1 AND pos = $2 AND deleted = 0
        """);

    private readonly Statement _unblock = new(connection, "UPDATE dead_letter SET blocking = 0 WHERE dest = $1 AND pos = $2 AND blocking = 1 AND deleted = 0");

    private readonly Statement _giveUp = new(connection,
        "INSERT INTO given_up(dest, from_pos, before_pos, events, reason, at) VALUES($1, $2, $3, $4, $5, $6)");

    // One that has ended stays as it ended, whatever is still on its way here.
    private readonly Statement _replayed = new(connection,
        "UPDATE replay SET state = $3, next = $4, events = $5, finished_at = $6, reason = $7 WHERE name = $2 AND dest = $1 AND state = 0");

    private readonly Statement _addRouteText = new(connection, "INSERT INTO route_text(text) VALUES($1) ON CONFLICT(text) DO NOTHING");

    private readonly Statement _addRoute = new(connection, """
        INSERT INTO route(dest, from_pos, text) VALUES($1, $2, (SELECT id FROM route_text WHERE text = $3))
        ON CONFLICT(dest, from_pos) DO UPDATE SET text = excluded.text
        """);

    private readonly Statement _control = new(connection, "UPDATE destination SET paused = $2, disabled = $3 WHERE id = $1");

    private readonly Statement _progress = new(connection, """
        UPDATE destination SET read = $2, cursor = $3, outstanding = $4, delivered = $5, failed = $6, parked_events = $7, dead_letters = dead_letters + $8
        WHERE id = $1 AND forgotten = 0
        """);

    /// <summary>Positions that lost a reference; the next truncation looks whether their kept bodies still have one.</summary>
    public HashSet<long> Loosened { get; } = [];

    public void Save(long destination, DestinationSave save)
    {
        var letters = 0;
        foreach (var change in save.Changes)
        {
            letters += Apply(destination, change);
        }

        var progress = save.Progress;
        var saved = _progress.Run(
            destination, progress.ReadPosition, progress.Cursor, ProgressCodec.Write(progress.Outstanding),
            save.Counters.Delivered, save.Counters.FailedAttempts, save.Counters.ParkedEvents, letters);
        if (saved == 0)
        {
            throw new InvalidOperationException($"Destination '{save.Destination}' has been forgotten; nothing can be saved for it.");
        }
    }

    /// <summary>Keeps a dead letter, over one that is there: after a crash it may come twice. How many more there are now.</summary>
    public int Bury(long destination, DeadLetter letter)
    {
        var isNew = _isBuried.Scalar(destination, letter.Position) is null;
        _bury.Run(
            destination, letter.Position, unchecked((long)letter.Lane.Value), letter.Key, letter.Type, letter.Class,
            letter.Error.Class, letter.Error.Status, letter.Error.Message, letter.Answer.ToArray(),
            letter.FirstAttempt?.ToUnixTimeMilliseconds(), letter.LastAttempt?.ToUnixTimeMilliseconds(), letter.Attempts, letter.At.ToUnixTimeMilliseconds(), letter.Blocking);
        return isNew ? 1 : 0;
    }

    /// <summary>The dead letter, or one that was deleted, is replayed. How many more there are now.</summary>
    public int Exhume(long destination, long position)
    {
        Loosened.Add(position);
        return _exhume.Scalar(destination, position) is 0L ? -1 : 0;
    }

    /// <summary>Someone deleted the dead letter: leaves a tombstone. How many more there are now.</summary>
    public int DeleteLetter(long destination, long position)
    {
        Loosened.Add(position);
        return -_deleteLetter.Run(destination, position);
    }

    /// <summary>The dead letter is no lane's head any more. Whether it was.</summary>
    public bool Unblock(long destination, long position) => _unblock.Run(destination, position) > 0;

    public void GiveUp(long destination, GivenUpRange range) =>
        _giveUp.Run(destination, range.From, range.Before, range.Events, range.Reason, range.At.ToUnixTimeMilliseconds());

    public void Replayed(long destination, string replay, ReplayProgress progress) => _replayed.Run(
        destination, replay, (long)progress.State, progress.Next, progress.Events, progress.FinishedAt?.ToUnixTimeMilliseconds(), progress.Reason);

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)[_park, _unpark, _setDue, _clearDue, _isBuried, _bury, _exhume, _deleteLetter, _unblock, _giveUp, _replayed, _addRouteText, _addRoute, _control, _progress])
        {
            statement.Dispose();
        }
    }

    private int Apply(long destination, StateChange change)
    {
        switch (change)
        {
            case StateChange.Park(var parked):
                _park.Run(
                    destination, unchecked((long)parked.Lane.Value), parked.After, parked.Turn, parked.Position, parked.Attempts,
                    parked.ParkedAt.ToUnixTimeMilliseconds(), parked.FirstAttempt?.ToUnixTimeMilliseconds(), parked.LastError?.Class, parked.LastError?.Status, parked.LastError?.Message);
                return 0;
            case StateChange.Unpark(var lane, var place):
                _unpark.Run(destination, unchecked((long)lane.Value), place.After, place.Turn, place.Position);
                Loosened.Add(place.Position);
                return 0;
            case StateChange.SetDue(var lane, var due):
                _setDue.Run(destination, unchecked((long)lane.Value), due.ToUnixTimeMilliseconds());
                return 0;
            case StateChange.ClearDue(var lane):
                _clearDue.Run(destination, unchecked((long)lane.Value));
                return 0;
            case StateChange.Bury(var letter):
                return Bury(destination, letter);
            case StateChange.Exhume(var position):
                return Exhume(destination, position);
            case StateChange.DeleteLetter(var position):
                return DeleteLetter(destination, position);
            case StateChange.GiveUp(var range):
                GiveUp(destination, range);
                return 0;
            case StateChange.Replayed(var replay, var replayed):
                Replayed(destination, replay, replayed);
                return 0;
            case StateChange.Route(var from, var text):
                _addRouteText.Run(text);
                _addRoute.Run(destination, from, text);
                return 0;
            case StateChange.Control(var control):
                _control.Run(destination, control.Paused, control.DisabledReason);
                return 0;
            default:
                throw new ArgumentException($"Unknown change {change.GetType().Name}.", nameof(change));
        }
    }
}
