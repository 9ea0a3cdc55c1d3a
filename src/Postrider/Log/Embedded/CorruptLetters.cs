using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Turns events that are lost into dead letters, within the caller's transaction.</summary>
internal sealed class CorruptLetters(SqliteConnection connection, DateTimeOffset now)
{
    private static readonly AttemptError Lost = new("corrupt", null, "The stored event was damaged and could not be read back.");

    /// <summary>For each destination, the lost events that it had not settled. How many letters there are.</summary>
    public long Bury(IReadOnlyList<(long From, long Before)> lost)
    {
        long buried = 0;
        using var saver = new StateSaver(connection);
        using var destinations = new Statement(connection, "SELECT id, start, read, outstanding FROM destination WHERE forgotten = 0");
        using var count = new Statement(connection, "UPDATE destination SET dead_letters = dead_letters + $2, parked_events = max(0, parked_events - $3) WHERE id = $1");
        var rows = StateRows.ReadAll(
            destinations.Query(), row => (Id: row.GetInt64(0), Start: row.GetInt64(1), Read: row.GetInt64(2), Outstanding: ProgressCodec.Read(row.GetFieldValue<byte[]>(3))));
        foreach (var destination in rows)
        {
            var outstanding = destination.Outstanding.ToHashSet();
            var (letters, unparked) = (0, 0);
            foreach (var (from, before) in lost)
            {
                unparked += Unpark(destination.Id, from, before, saver, ref letters);
                for (var position = Math.Max(from, destination.Start); position < before; position++)
                {
                    if (position >= destination.Read || outstanding.Contains(position))
                    {
                        letters += saver.Bury(destination.Id, Letter(position, LaneId.OfPosition(position), 0, null));
                    }
                }
            }

            count.Run(destination.Id, letters, unparked);
            buried += letters;
        }

        return buried;
    }

    private int Unpark(long destination, long from, long before, StateSaver saver, ref int letters)
    {
        using var select = new Statement(connection, $"SELECT {StateRows.ParkedColumns} FROM parked WHERE dest = $1 AND pos >= $2 AND pos < $3");
        using var remove = new Statement(connection, "DELETE FROM parked WHERE dest = $1 AND pos >= $2 AND pos < $3");
        using var free = new Statement(connection, "UPDATE lane_due SET due = 0 WHERE dest = $1 AND lane = $2");
        using var clear = new Statement(connection, """
            DELETE FROM lane_due WHERE dest = $1 AND NOT EXISTS (SELECT 1 FROM parked WHERE parked.dest = lane_due.dest AND parked.lane = lane_due.lane)
            """);
        foreach (var parked in StateRows.ReadAll(select.Query(destination, from, before), StateRows.ReadParked))
        {
            if (saver.Unblock(destination, parked.Position))
            {
                free.Run(destination, unchecked((long)parked.Lane.Value));
            }

            letters += saver.Bury(destination, Letter(parked.Position, parked.Lane, parked.Attempts, parked.FirstAttempt));
        }

        var removed = remove.Run(destination, from, before);
        clear.Run(destination);
        return removed;
    }

    private DeadLetter Letter(long position, LaneId lane, int attempts, DateTimeOffset? firstAttempt) =>
        new(position, lane, null, null, "corrupt", Lost, ReadOnlyMemory<byte>.Empty, firstAttempt, null, attempts, now);
}
