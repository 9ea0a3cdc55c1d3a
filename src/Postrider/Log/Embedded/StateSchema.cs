using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>The tables of <c>state.db</c>. Times are Unix milliseconds, lanes the signed form of their 64 bits.</summary>
internal static class StateSchema
{
    public const long Version = 1;

    private const string Tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

        -- read and outstanding are its progress; cursor repeats the lowest of both, for truncation.
        -- A forgotten destination keeps its row, because its dead letters refer to it.
        CREATE TABLE destination(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
            start INTEGER NOT NULL, read INTEGER NOT NULL, cursor INTEGER NOT NULL, outstanding BLOB NOT NULL,
            paused INTEGER NOT NULL, disabled TEXT,
            delivered INTEGER NOT NULL, failed INTEGER NOT NULL, parked_events INTEGER NOT NULL, dead_letters INTEGER NOT NULL DEFAULT 0,
            last_listed INTEGER NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0);

        CREATE TABLE parked(
            dest INTEGER NOT NULL, lane INTEGER NOT NULL, after INTEGER NOT NULL, pos INTEGER NOT NULL,
            attempts INTEGER NOT NULL, parked_at INTEGER NOT NULL, first_attempt INTEGER, err_class TEXT, err_status INTEGER, err_message TEXT,
            PRIMARY KEY(dest, lane, after, pos)) WITHOUT ROWID;
        CREATE INDEX parked_by_position ON parked(dest, pos);

        CREATE TABLE lane_due(dest INTEGER NOT NULL, lane INTEGER NOT NULL, due INTEGER NOT NULL, PRIMARY KEY(dest, lane)) WITHOUT ROWID;
        CREATE INDEX lane_by_due ON lane_due(dest, due);

        -- deleted: a tombstone, kept while the log holds the event.
        CREATE TABLE dead_letter(
            id INTEGER PRIMARY KEY, dest INTEGER NOT NULL, pos INTEGER NOT NULL, lane INTEGER NOT NULL, key TEXT, type TEXT, class TEXT NOT NULL,
            err_class TEXT NOT NULL, err_status INTEGER, err_message TEXT NOT NULL, answer BLOB NOT NULL,
            first_attempt INTEGER, last_attempt INTEGER, attempts INTEGER NOT NULL, at INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
            UNIQUE(dest, pos));

        -- Events that parked rows and dead letters still refer to and no segment holds any more.
        CREATE TABLE body(pos INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

        CREATE TABLE route_text(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
        CREATE TABLE route(dest INTEGER NOT NULL, from_pos INTEGER NOT NULL, text INTEGER NOT NULL, PRIMARY KEY(dest, from_pos)) WITHOUT ROWID;

        CREATE TABLE given_up(
            id INTEGER PRIMARY KEY, dest INTEGER NOT NULL, from_pos INTEGER NOT NULL, before_pos INTEGER NOT NULL,
            events INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX given_up_by_position ON given_up(dest, from_pos);

        -- Since when a sealed segment has been settled: retention counts from there.
        CREATE TABLE settled_segment(first INTEGER PRIMARY KEY, at INTEGER NOT NULL);
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
        Statement.Execute(connection, Tables);
        Statement.Execute(connection, $"PRAGMA user_version={Version}");
    }
}
