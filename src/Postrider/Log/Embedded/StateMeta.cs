using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>What <c>state.db</c> knows of the log that it belongs to.</summary>
/// <param name="LogId">Its id.</param>
/// <param name="TruncatedTo">Events below it may be gone.</param>
/// <param name="ClosedAt">The log's end when it was closed in order; null: it was not.</param>
/// <param name="KnownEnd">Every position below it has been durable: some destination has come so far.</param>
/// <param name="LowestCursor">The lowest cursor of all destinations; null without any.</param>
/// <param name="LowestName">Whose that is.</param>
internal sealed record StateMeta(string LogId, long TruncatedTo, long? ClosedAt, long KnownEnd, long? LowestCursor, string? LowestName)
{
    private const string LogIdKey = "log_id";
    private const string TruncatedToKey = "truncated_to";
    private const string ClosedAtKey = "closed_at";
    private const string BeginsAtKey = "begins_at";
    private const string RepeatsToKey = "repeats_to";
    private const string RejectedBytesKey = "rejected_bytes";

    public static void Initialize(SqliteConnection connection, string logId, long firstPosition, long? beginsAt)
    {
        Set(connection, LogIdKey, logId);
        Set(connection, TruncatedToKey, firstPosition);
        SetBeginsAt(connection, beginsAt);
    }

    /// <summary>Where the first destinations begin, as the operator said when the state before this one was lost; null: as their settings say.</summary>
    public static long? ReadBeginsAt(SqliteConnection connection) => (long?)Get(connection, BeginsAtKey);

    public static void SetBeginsAt(SqliteConnection connection, long? position) => Set(connection, BeginsAtKey, position);

    /// <summary>Below it the state holds what makes repeats recognisable; from there on only the events do.</summary>
    public static long ReadRepeatsTo(SqliteConnection connection) => (long?)Get(connection, RepeatsToKey) ?? 1;

    public static void SetRepeatsTo(SqliteConnection connection, long position) => Set(connection, RepeatsToKey, position);

    /// <summary>The bytes of all bodies of rejected ingest; null: nobody has counted yet.</summary>
    public static long? ReadRejectedBytes(SqliteConnection connection) => (long?)Get(connection, RejectedBytesKey);

    public static void SetRejectedBytes(SqliteConnection connection, long bytes) => Set(connection, RejectedBytesKey, bytes);

    public static StateMeta Read(SqliteConnection connection)
    {
        var truncatedTo = (long)Get(connection, TruncatedToKey)!;
        var closedAt = (long?)Get(connection, ClosedAtKey);
        using var known = new Statement(connection, "SELECT max(max(read, start)) FROM destination");
        using var lowest = new Statement(connection, "SELECT cursor, name FROM destination WHERE forgotten = 0 ORDER BY cursor LIMIT 1");
        using var row = lowest.Query();
        var any = row.Read();
        return new StateMeta(
            (string)Get(connection, LogIdKey)!,
            truncatedTo,
            closedAt,
            Math.Max((long?)known.Scalar() ?? 1, Math.Max(truncatedTo, closedAt ?? 1)),
            any ? row.GetInt64(0) : null,
            any ? row.GetString(1) : null);
    }

    public static long ReadTruncatedTo(SqliteConnection connection) => (long?)Get(connection, TruncatedToKey) ?? 1;

    public static void SetTruncatedTo(SqliteConnection connection, long position) => Set(connection, TruncatedToKey, position);

    /// <summary>Marks the log as closed in order at its end; null: as open.</summary>
    public static void SetClosedAt(SqliteConnection connection, long? end) => Set(connection, ClosedAtKey, end);

    private static void Set(SqliteConnection connection, string key, object? value)
    {
        using var statement = new Statement(connection, "INSERT INTO meta(key, value) VALUES($1, $2) ON CONFLICT(key) DO UPDATE SET value = excluded.value");
        statement.Run(key, value);
    }

    private static object? Get(SqliteConnection connection, string key)
    {
        using var statement = new Statement(connection, "SELECT value FROM meta WHERE key = $1");
        return statement.Scalar(key);
    }
}
