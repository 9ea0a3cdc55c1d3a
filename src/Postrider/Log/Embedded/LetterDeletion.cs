using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Deletes dead letters of a destination that nobody delivers to, within the caller's transaction.</summary>
internal sealed class LetterDeletion(SqliteConnection connection, StateSaver saver)
{
    public void Delete(long destination, IReadOnlyCollection<long> positions)
    {
        using var blocking = new Statement(connection, "SELECT lane FROM dead_letter WHERE dest = $1 AND pos = $2 AND blocking = 1 AND deleted = 0");
        var (letters, parked) = (0, 0);
        foreach (var position in positions)
        {
            if (blocking.Scalar(destination, position) is long lane)
            {
                parked -= PassOver(destination, lane, position);
            }

            letters += saver.DeleteLetter(destination, position);
        }

        using var count = new Statement(connection, """
            UPDATE destination SET dead_letters = dead_letters + $2, parked_events = max(0, parked_events + $3) WHERE id = $1
            """);
        count.Run(destination, letters, parked);
    }

    // Without its letter nobody could ever decide about the blocked head: it goes, and the lane is due. How many went.
    private int PassOver(long destination, long lane, long position)
    {
        using var unpark = new Statement(connection, """
            DELETE FROM parked WHERE dest = $1 AND lane = $2 AND (after, turn, pos) =
                (SELECT after, turn, pos FROM parked WHERE dest = $1 AND lane = $2 AND pos = $3 ORDER BY after, turn LIMIT 1)
            """);
        using var free = new Statement(connection, "UPDATE lane_due SET due = 0 WHERE dest = $1 AND lane = $2");
        using var clear = new Statement(connection, """
            DELETE FROM lane_due WHERE dest = $1 AND lane = $2 AND NOT EXISTS (SELECT 1 FROM parked WHERE dest = $1 AND lane = $2)
            """);
        var removed = unpark.Run(destination, lane, position);
        free.Run(destination, lane);
        clear.Run(destination, lane);
        return removed;
    }
}
