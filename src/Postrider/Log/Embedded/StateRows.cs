using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Reads rows of <c>state.db</c> into the log's words.</summary>
internal static class StateRows
{
    public const string DestinationColumns = "name, start, read, outstanding, paused, disabled, delivered, failed, parked_events, dead_letters, last_listed";
    public const string ParkedColumns = "lane, after, pos, attempts, parked_at, first_attempt, err_class, err_status, err_message, turn";
    public const string DeadLetterColumns =
        "pos, lane, key, type, class, err_class, err_status, err_message, answer, first_attempt, last_attempt, attempts, at, blocking, deleted";

    public const string GivenUpColumns = "g.id, d.name, g.from_pos, g.before_pos, g.events, g.reason, g.at";

    public static DestinationRecord ReadDestination(SqliteDataReader row) => new()
    {
        Name = row.GetString(0),
        StartPosition = row.GetInt64(1),
        Progress = new Progress(row.GetInt64(2), ProgressCodec.Read(row.GetFieldValue<byte[]>(3))),
        Control = new DestinationControl(row.GetBoolean(4), Text(row, 5)),
        Counters = new DestinationCounters(row.GetInt64(6), row.GetInt64(7), row.GetInt64(8)),
        DeadLetters = row.GetInt64(9),
        LastListed = Time(row, 10)!.Value,
    };

    public static ParkedEvent ReadParked(SqliteDataReader row) => new(
        Lane(row, 0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(3), Time(row, 4)!.Value, Time(row, 5),
        row.IsDBNull(6) ? null : new AttemptError(row.GetString(6), Number(row, 7), row.GetString(8)), row.GetInt64(9));

    public static DeadLetter ReadDeadLetter(SqliteDataReader row) => new(
        row.GetInt64(0), Lane(row, 1), Text(row, 2), Text(row, 3), row.GetString(4),
        new AttemptError(row.GetString(5), Number(row, 6), row.GetString(7)), row.GetFieldValue<byte[]>(8),
        Time(row, 9), Time(row, 10), row.GetInt32(11), Time(row, 12)!.Value, row.GetBoolean(13));

    /// <summary>The columns are <see cref="GivenUpColumns"/>, of <c>given_up g</c> joined with its destination <c>d</c>.</summary>
    public static GivenUpRange ReadGivenUp(SqliteDataReader row) =>
        new(row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetString(5), Time(row, 6)!.Value) { Number = row.GetInt64(0) };

    public static LaneId Lane(SqliteDataReader row, int column) => new(unchecked((ulong)row.GetInt64(column)));

    public static DateTimeOffset? Time(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static int? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    /// <summary>All rows of a statement that is not worth preparing.</summary>
    public static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var statement = new Statement(connection, sql);
        return ReadAll(statement.Query(values), read);
    }

    public static List<T> ReadAll<T>(SqliteDataReader rows, Func<SqliteDataReader, T> read)
    {
        var all = new List<T>();
        using (rows)
        {
            while (rows.Read())
            {
                all.Add(read(rows));
            }
        }

        return all;
    }
}
