using Microsoft.Data.Sqlite;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>The state's part in truncation: keeps what is still referred to, forgets what is not.</summary>
internal sealed class StateTruncation(StateDatabase database, StateStore store, Func<long, Event?> find)
{
    private const int CopyBytes = 4 << 20;
    private const int VacuumPages = 4096;

    // Candidates not yet copied: a parked event or a dead letter refers to them, and their segment is about to go.
    // CROSS JOIN holds SQLite to the order that is written: it would otherwise read all that is parked for each few positions.
    private const string Referred = """
        SELECT pos FROM (
            SELECT p.pos FROM destination d CROSS JOIN parked p INDEXED BY parked_by_position ON p.dest = d.id AND p.pos >= $1 AND p.pos < $2
            UNION
            SELECT l.pos FROM destination d CROSS JOIN dead_letter l ON l.dest = d.id AND l.pos >= $1 AND l.pos < $2 AND l.deleted = 0)
        WHERE pos NOT IN (SELECT pos FROM body WHERE pos >= $1 AND pos < $2)
        ORDER BY pos LIMIT 1000
        """;

    private const string Unreferred = """
        NOT EXISTS (SELECT 1 FROM destination d CROSS JOIN parked p INDEXED BY parked_by_position ON p.dest = d.id AND p.pos = body.pos)
        AND NOT EXISTS (SELECT 1 FROM destination d CROSS JOIN dead_letter l ON l.dest = d.id AND l.pos = body.pos AND l.deleted = 0)
        """;

    // Whatever is kept for days need not be looked for at each pass.
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    // Given up ranges tell an event's story as long as someone may ask; no longer than that once the log has forgotten the events.
    private static readonly TimeSpan GivenUpKeptFor = TimeSpan.FromDays(30);

    // A destination that skips its backlog all the time may give up a range each second.
    private const int GivenUpKept = 100_000;

    private bool _swept;
    private DateTimeOffset _nextPrune;

    /// <summary>
    /// Makes the state ready for the loss of the positions in the range. Bodies are copied a few at a time, so that saves need not wait for
    /// long; what was parked meanwhile is copied together with the new truncated-to position.
    /// </summary>
    /// <returns>False: a destination still needs the range.</returns>
    public async Task<bool> PrepareAsync(long from, long to, CancellationToken cancellationToken)
    {
        while (await database.WriteAsync(connection => CopyBodies(connection, from, to), cancellationToken).ConfigureAwait(false))
        {
        }

        var ready = await database.WriteAsync(connection => Commit(connection, from, to), cancellationToken).ConfigureAwait(false);
        if (ready)
        {
            await database.EnqueueAsync(Checkpoint, cancellationToken).ConfigureAwait(false);
        }

        return ready;
    }

    /// <summary>Drops kept bodies that nothing refers to any more, and what was kept long enough, and gives their space back.</summary>
    public async Task SweepAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var dropped = await database.WriteAsync(connection => Prune(connection, now) | Sweep(connection), cancellationToken).ConfigureAwait(false);
        if (dropped)
        {
            await database.EnqueueAsync(GiveBack, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task<Dictionary<long, DateTimeOffset>> LoadSettledAsync(CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            using var statement = new Statement(connection, "SELECT first, at FROM settled_segment");
            return StateRows.ReadAll(statement.Query(), row => (First: row.GetInt64(0), At: StateRows.Time(row, 1)!.Value))
                .ToDictionary(segment => segment.First, segment => segment.At);
        },
        cancellationToken);

    public Task SaveSettledAsync(IReadOnlyList<long> segments, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            using var statement = new Statement(connection, "INSERT OR IGNORE INTO settled_segment(first, at) VALUES($1, $2)");
            foreach (var first in segments)
            {
                statement.Run(first, now.ToUnixTimeMilliseconds());
            }

            return 0;
        },
        cancellationToken);

    private bool CopyBodies(SqliteConnection connection, long from, long to)
    {
        using var referred = new Statement(connection, Referred);
        using var keep = new Statement(connection, "INSERT OR IGNORE INTO body(pos, bytes) VALUES($1, $2)");
        var positions = StateRows.ReadAll(referred.Query(from, to), row => row.GetInt64(0));
        var copied = 0;
        foreach (var position in positions)
        {
            // Gone although referred to cannot be; a damaged one stops the truncation with its exception.
            var found = find(position) ?? throw new InvalidOperationException($"Position {position} is referred to but not held.");
            keep.Run(position, found.Bytes.ToArray());
            copied += found.Bytes.Length;
            if (copied >= CopyBytes)
            {
                break;
            }
        }

        return positions.Count > 0;
    }

    private bool Commit(SqliteConnection connection, long from, long to)
    {
        using var lowest = new Statement(connection, $"""
            SELECT min(needed) FROM (
                SELECT cursor AS needed FROM destination WHERE forgotten = 0 UNION ALL SELECT next FROM replay WHERE {ReplayRows.Pinning})
            """);
        if (lowest.Scalar() is long cursor && cursor < to)
        {
            return false;
        }

        while (CopyBodies(connection, from, to))
        {
        }

        StateMeta.SetTruncatedTo(connection, to);
        Run(connection, "DELETE FROM dead_letter WHERE deleted = 1 AND pos < $1", to);
        Run(connection, """
            DELETE FROM route WHERE from_pos < $1
            AND EXISTS (SELECT 1 FROM route later WHERE later.dest = route.dest AND later.from_pos > route.from_pos AND later.from_pos <= $1)
            """, to);
        Run(connection, "DELETE FROM route_text WHERE id NOT IN (SELECT text FROM route)");
        Run(connection, "DELETE FROM settled_segment WHERE first < $1", to);
        return true;
    }

    // What is kept for a time only.
    private bool Prune(SqliteConnection connection, DateTimeOffset now)
    {
        if (now < _nextPrune)
        {
            return false;
        }

        _nextPrune = now + PruneEvery;
        var ranges = Run(
            connection,
            "DELETE FROM given_up WHERE before_pos <= $1 AND (at < $2 OR id <= (SELECT max(id) FROM given_up) - $3)",
            StateMeta.Read(connection).TruncatedTo, (now - GivenUpKeptFor).ToUnixTimeMilliseconds(), GivenUpKept);
        return ReplayRows.Prune(connection, now) + RejectedRows.Prune(connection, now) + ranges > 0;
    }

    private bool Sweep(SqliteConnection connection)
    {
        if (!_swept)
        {
            // What lost its last reference before the last stop was noted nowhere.
            _swept = true;
            store.Saver.Loosened.Clear();
            return Run(connection, "DELETE FROM body WHERE " + Unreferred) > 0;
        }

        var dropped = 0;
        using var drop = new Statement(connection, "DELETE FROM body WHERE pos = $1 AND " + Unreferred);
        foreach (var position in store.Saver.Loosened)
        {
            dropped += drop.Run(position);
        }

        store.Saver.Loosened.Clear();
        return dropped > 0;
    }

    private static int Checkpoint(SqliteConnection connection)
    {
        Statement.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        return 0;
    }

    private static int GiveBack(SqliteConnection connection)
    {
        using (var vacuum = new Statement(connection, $"PRAGMA incremental_vacuum({VacuumPages})"))
        using (var rows = vacuum.Query())
        {
            // Each step frees a page.
            while (rows.Read())
            {
            }
        }

        return Checkpoint(connection);
    }

    private static int Run(SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using var statement = new Statement(connection, sql);
        return statement.Run(values);
    }
}
