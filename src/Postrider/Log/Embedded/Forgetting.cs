using Microsoft.Data.Sqlite;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Lets go of a destination, within the caller's transaction.</summary>
internal sealed class Forgetting(SqliteConnection connection, StateSaver saver, Func<SqliteConnection, long, Event?> find)
{
    // Rows are taken in pages so that a million parked events are never in memory at once.
    private const int PageSize = 1000;

    public void Forget(long destination, GivenUpRange unread)
    {
        using var page = new Statement(connection, $"SELECT {StateRows.ParkedColumns} FROM parked WHERE dest = $1 LIMIT {PageSize}");
        using var unpark = new Statement(connection, "DELETE FROM parked WHERE dest = $1 AND lane = $2 AND after = $3 AND turn = $4 AND pos = $5");
        var buried = 0;
        while (StateRows.ReadAll(page.Query(destination), StateRows.ReadParked) is { Count: > 0 } parked)
        {
            foreach (var one in parked)
            {
                // A blocked head has its letter already, which says more.
                buried += saver.Unblock(destination, one.Position) ? 0 : saver.Bury(destination, ToDeadLetter(one, unread));
                unpark.Run(destination, unchecked((long)one.Lane.Value), one.After, one.Turn, one.Position);
            }
        }

        using var clear = new Statement(connection, "DELETE FROM lane_due WHERE dest = $1");
        clear.Run(destination);
        using var let = new Statement(connection, """
            UPDATE destination SET forgotten = 1, outstanding = x'', cursor = read, parked_events = 0, dead_letters = dead_letters + $2 WHERE id = $1
            """);
        let.Run(destination, buried);
        saver.GiveUp(destination, unread);
        ReplayRows.EndAll(connection, destination, "The destination was removed.", unread.At);
    }

    private DeadLetter ToDeadLetter(ParkedEvent parked, GivenUpRange unread)
    {
        var found = FindSafely(parked.Position);
        return new DeadLetter(
            parked.Position, parked.Lane, found?.Key, found?.Type, "forgotten",
            parked.LastError ?? new AttemptError("forgotten", null, unread.Reason),
            ReadOnlyMemory<byte>.Empty, parked.FirstAttempt, null, parked.Attempts, unread.At);
    }

    private Event? FindSafely(long position)
    {
        try
        {
            return find(connection, position);
        }
        catch (LogCorruptException)
        {
            // Its key is lost with it; the letter is not.
            return null;
        }
    }
}
