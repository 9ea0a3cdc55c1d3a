using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Gathers what <c>state.db</c> knows of one event for one destination.</summary>
internal static class EventRecords
{
    public static EventRecord Find(SqliteConnection connection, long destination, long position)
    {
        var parked = First(
            connection,
            $"SELECT {StateRows.ParkedColumns} FROM parked INDEXED BY parked_by_position WHERE dest = $1 AND pos = $2 ORDER BY after, turn LIMIT 1",
            StateRows.ReadParked,
            destination, position);
        DateTimeOffset? due = null;
        if (parked is not null)
        {
            using var statement = new Statement(connection, "SELECT due FROM lane_due WHERE dest = $1 AND lane = $2");
            due = statement.Scalar(destination, unchecked((long)parked.Lane.Value)) is long at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
        }

        var dead = First(
            connection,
            $"SELECT {StateRows.DeadLetterColumns} FROM dead_letter WHERE dest = $1 AND pos = $2",
            row => Tuple.Create(StateRows.ReadDeadLetter(row), row.GetBoolean(14)),
            destination, position);
        var givenUp = First(
            connection,
            $"""
            SELECT {StateRows.GivenUpColumns} FROM given_up g JOIN destination d ON d.id = g.dest
            WHERE g.dest = $1 AND g.from_pos <= $2 AND g.before_pos > $2 ORDER BY g.id DESC LIMIT 1
            """,
            StateRows.ReadGivenUp,
            destination, position);
        var routes = First(
            connection,
            "SELECT t.text FROM route r JOIN route_text t ON t.id = r.text WHERE r.dest = $1 AND r.from_pos <= $2 ORDER BY r.from_pos DESC LIMIT 1",
            row => row.GetString(0),
            destination, position);
        return new EventRecord(parked, due, dead is { Item2: false } ? dead.Item1 : null, dead is { Item2: true }, givenUp, routes);
    }

    private static T? First<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
        where T : class
    {
        using var statement = new Statement(connection, sql);
        using var row = statement.Query(values);
        return row.Read() ? read(row) : null;
    }
}
