using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>The tables of <c>state.db</c>. Times are Unix milliseconds, lanes the signed form of their 64 bits.</summary>
internal static class StateSchema
{
    public const long Version = 4;

    /// <summary>Tables that are as version 1 made them.</summary>
    private const string FirstTables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

        -- read and outstanding are its progress; cursor repeats the lowest of both, for truncation.
        -- A forgotten destination keeps its row, because its dead letters refer to it.
        CREATE TABLE destination(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
            start INTEGER NOT NULL, read INTEGER NOT NULL, cursor INTEGER NOT NULL, outstanding BLOB NOT NULL,
            paused INTEGER NOT NULL, disabled TEXT,
            delivered INTEGER NOT NULL, failed INTEGER NOT NULL, parked_events INTEGER NOT NULL, dead_letters INTEGER NOT NULL DEFAULT 0,
            last_listed INTEGER NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0);

        CREATE TABLE lane_due(dest INTEGER NOT NULL, lane INTEGER NOT NULL, due INTEGER NOT NULL, PRIMARY KEY(dest, lane)) WITHOUT ROWID;
        CREATE INDEX lane_by_due ON lane_due(dest, due);

        -- Events that parked rows and dead letters still refer to and no segment holds any more.
        CREATE TABLE body(pos INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

        CREATE TABLE route_text(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
        CREATE TABLE route(dest INTEGER NOT NULL, from_pos INTEGER NOT NULL, text INTEGER NOT NULL, PRIMARY KEY(dest, from_pos)) WITHOUT ROWID;

        -- Since when a sealed segment has been settled: retention counts from there.
        CREATE TABLE settled_segment(first INTEGER PRIMARY KEY, at INTEGER NOT NULL);
        """;

    /// <summary>Tables that came or changed with version 2.</summary>
    private const string SecondTables = """
        CREATE TABLE parked(
            dest INTEGER NOT NULL, lane INTEGER NOT NULL, after INTEGER NOT NULL, turn INTEGER NOT NULL, pos INTEGER NOT NULL,
            attempts INTEGER NOT NULL, parked_at INTEGER NOT NULL, first_attempt INTEGER, err_class TEXT, err_status INTEGER, err_message TEXT,
            PRIMARY KEY(dest, lane, after, turn, pos)) WITHOUT ROWID;
        CREATE INDEX parked_by_position ON parked(dest, pos);

        -- id: the letter's number, never used again. deleted: a tombstone, kept while the log holds the event.
        CREATE TABLE dead_letter(
            id INTEGER PRIMARY KEY AUTOINCREMENT, dest INTEGER NOT NULL, pos INTEGER NOT NULL, lane INTEGER NOT NULL, key TEXT, type TEXT, class TEXT NOT NULL,
            err_class TEXT NOT NULL, err_status INTEGER, err_message TEXT NOT NULL, answer BLOB NOT NULL,
            first_attempt INTEGER, last_attempt INTEGER, attempts INTEGER NOT NULL, at INTEGER NOT NULL,
            blocking INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
            UNIQUE(dest, pos));
        CREATE INDEX dead_letter_by_number ON dead_letter(dest) WHERE deleted = 0;
        CREATE INDEX dead_letter_by_key ON dead_letter(key, dest, pos) WHERE deleted = 0 AND key IS NOT NULL;
        CREATE INDEX dead_letter_tombstone ON dead_letter(pos) WHERE deleted = 1;

        CREATE TABLE given_up(
            id INTEGER PRIMARY KEY AUTOINCREMENT, dest INTEGER NOT NULL, from_pos INTEGER NOT NULL, before_pos INTEGER NOT NULL,
            events INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX given_up_by_position ON given_up(dest, from_pos);
        CREATE INDEX given_up_by_number ON given_up(dest);

        -- state: 0 running, 1 done, 2 cancelled, 3 failed.
        CREATE TABLE replay(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, dest INTEGER NOT NULL, of_dead_letters INTEGER NOT NULL,
            key TEXT, type TEXT, class TEXT, since INTEGER, until INTEGER, pos INTEGER,
            rate REAL, from_pos INTEGER NOT NULL, before_pos INTEGER NOT NULL, total INTEGER NOT NULL, created_at INTEGER NOT NULL,
            state INTEGER NOT NULL, next INTEGER NOT NULL, events INTEGER NOT NULL, finished_at INTEGER, reason TEXT);

        -- What the gateway could not use.
        CREATE TABLE rejected_ingest(
            id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB NOT NULL);
        CREATE INDEX rejected_ingest_by_source ON rejected_ingest(source);
        CREATE INDEX rejected_ingest_by_time ON rejected_ingest(at);
        """;

    /// <summary>The table that came with version 3.</summary>
    private const string ThirdTables = """
        -- Ids whose repeats are recognised, packed: those of events from first up to before, and the end of the longest of their windows.
        CREATE TABLE repeats(first INTEGER PRIMARY KEY, before INTEGER NOT NULL, until INTEGER NOT NULL, entries BLOB NOT NULL);
        """;

    /// <summary>The table that came with version 4.</summary>
    private const string FourthTables = """
        -- Small records of others that nothing here depends on, as the history that operators look at.
        CREATE TABLE kept(kind INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(kind, number));
        -- Who changed what.
        CREATE TABLE audit(
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by_name TEXT NOT NULL, from_address TEXT, action TEXT NOT NULL, target TEXT, details TEXT NOT NULL);
        CREATE INDEX audit_by_time ON audit(at);
        """;

    private const string FromFirst = $"""
        DROP INDEX parked_by_position;
        DROP INDEX given_up_by_position;
        ALTER TABLE parked RENAME TO parked_1;
        ALTER TABLE dead_letter RENAME TO dead_letter_1;
        ALTER TABLE given_up RENAME TO given_up_1;
        {SecondTables}
        INSERT INTO parked(dest, lane, after, turn, pos, attempts, parked_at, first_attempt, err_class, err_status, err_message)
            SELECT dest, lane, after, 0, pos, attempts, parked_at, first_attempt, err_class, err_status, err_message FROM parked_1;
        INSERT INTO dead_letter(
                id, dest, pos, lane, key, type, class, err_class, err_status, err_message, answer, first_attempt, last_attempt, attempts, at, deleted)
            SELECT id, dest, pos, lane, key, type, class, err_class, err_status, err_message, answer, first_attempt, last_attempt, attempts, at, deleted
            FROM dead_letter_1;
        INSERT INTO given_up(id, dest, from_pos, before_pos, events, reason, at) SELECT id, dest, from_pos, before_pos, events, reason, at FROM given_up_1;
        DROP TABLE parked_1;
        DROP TABLE dead_letter_1;
        DROP TABLE given_up_1;
        """;

    /// <summary>The version that wrote the file; 0: nothing has been written yet.</summary>
    public static long ReadVersion(SqliteConnection connection)
    {
        using var statement = new Statement(connection, "PRAGMA user_version");
        return (long)statement.Scalar()!;
    }

    /// <summary>Within the caller's transaction, so that a half-made state cannot exist.</summary>
    public static void Create(SqliteConnection connection)
    {
        Statement.Execute(connection, FirstTables);
        Statement.Execute(connection, SecondTables);
        Statement.Execute(connection, ThirdTables);
        Statement.Execute(connection, FourthTables);
        SetVersion(connection);
    }

    /// <summary>Brings the tables of an older version up to this one's, within the caller's transaction.</summary>
    public static void Migrate(SqliteConnection connection, long version)
    {
        if (version == 1)
        {
            Statement.Execute(connection, FromFirst);
        }

        if (version < 3)
        {
            Statement.Execute(connection, ThirdTables);
        }

        Statement.Execute(connection, FourthTables);
        SetVersion(connection);
    }

    private static void SetVersion(SqliteConnection connection) => Statement.Execute(connection, $"PRAGMA user_version={Version}");
}
