using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>
/// Searches dead letters in <c>state.db</c>. What no index narrows is looked through in windows, each a transaction of its own: a long one
/// would keep the write-ahead log from being emptied.
/// </summary>
internal sealed class DeadLetterRows(StateDatabase database, int window = DeadLetterRows.Window)
{
    private const int Window = 20_000;

    /// <summary>The newest first, or in the order of positions.</summary>
    public async Task<IReadOnlyList<StoredDeadLetter>> ReadAsync(long? destination, DeadLetterQuery query, CancellationToken cancellationToken)
    {
        var scan = query.FromPosition is { } from
            ? new Scan("l.pos", true, destination ?? throw new ArgumentException("The order of positions needs a destination.", nameof(query)), query.Filter, from)
            : new Scan("l.id", false, destination, query.Filter, query.Before ?? long.MaxValue);
        var found = new List<StoredDeadLetter>();
        for (long? at = scan.From; at is { } start && found.Count < query.Limit;)
        {
            (at, var page) = await database.ReadAsync(
                connection =>
                {
                    var next = scan.FindNext(connection, start, window);
                    return (next, scan.Read(connection, start, next, query.Limit - found.Count));
                },
                cancellationToken).ConfigureAwait(false);
            found.AddRange(page);
        }

        return found;
    }

    public async Task<long> CountAsync(long? destination, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        if (filter == DeadLetterFilter.All)
        {
            return await database.ReadAsync(connection => CountAll(connection, destination), cancellationToken).ConfigureAwait(false);
        }

        var scan = new Scan("l.id", false, destination, filter, long.MaxValue);
        long count = 0;
        for (long? at = scan.From; at is { } start;)
        {
            (at, var found) = await database.ReadAsync(
                connection =>
                {
                    var next = scan.FindNext(connection, start, window);
                    return (next, scan.Count(connection, start, next));
                },
                cancellationToken).ConfigureAwait(false);
            count += found;
        }

        return count;
    }

    private static long CountAll(SqliteConnection connection, long? destination)
    {
        using var count = new Statement(connection, destination is null
            ? "SELECT coalesce(sum(dead_letters), 0) FROM destination"
            : "SELECT dead_letters FROM destination WHERE id = $1");
        return (long)(destination is null ? count.Scalar() : count.Scalar(destination))!;
    }

    /// <summary>A way through the letters, by number downwards or by position upwards.</summary>
    private sealed class Scan
    {
        private readonly string _order;
        private readonly string _table;
        private readonly bool _ascending;
        private readonly bool _windowed;
        private readonly string _narrowed;
        private readonly string _filtered;
        private readonly List<object?> _values = [];

        public Scan(string order, bool ascending, long? destination, DeadLetterFilter filter, long from)
        {
            _order = order;
            _ascending = ascending;
            From = from;

            // SQLite would take the way by number for its order, however rare the key.
            _table = filter.Key is null ? "dead_letter l" : "dead_letter l INDEXED BY dead_letter_by_key";
            _narrowed = "l.deleted = 0"
                + (destination is null && filter.Position is not null ? " AND l.dest IN (SELECT id FROM destination)" : And("l.dest =", destination));
            _filtered = _narrowed + And("l.key =", filter.Key) + And("l.type =", filter.Type) + And("l.class =", filter.Class)
                + And("l.at >=", ReplayRows.Bound(filter.Since)) + And("l.at <", ReplayRows.Bound(filter.Until)) + And("l.pos =", filter.Position);

            // A key is found by its index, a position is one row for each destination, and what is not filtered is as long as its page.
            _windowed = filter.Key is null && filter.Position is null && filter != DeadLetterFilter.All;
        }

        public long From { get; }

        private string Order => _ascending ? _order : _order + " DESC";

        /// <summary>Where the window ends that starts there, which is where the next starts; null: it is the last.</summary>
        public long? FindNext(SqliteConnection connection, long start, int window)
        {
            if (!_windowed)
            {
                return null;
            }

            // Downwards the start itself has been seen, upwards it has not.
            using var find = new Statement(connection, $"""
                SELECT {_order} FROM {_table} WHERE {_narrowed} AND {Behind("$1")} ORDER BY {Order} LIMIT 1 OFFSET {(_ascending ? window : window - 1)}
                """);
            return (long?)find.Scalar(Values(start, null));
        }

        public List<StoredDeadLetter> Read(SqliteConnection connection, long start, long? next, int limit) => StateRows.Query(
            connection,
            $"""
            SELECT {StateRows.DeadLetterColumns}, l.id, (SELECT d.name FROM destination d WHERE d.id = l.dest)
            FROM {_table} WHERE {_filtered} AND {Within(next)} ORDER BY {Order} LIMIT {limit}
            """,
            row => new StoredDeadLetter(row.GetInt64(15), row.GetString(16), StateRows.ReadDeadLetter(row)),
            Values(start, next));

        public long Count(SqliteConnection connection, long start, long? next)
        {
            using var count = new Statement(connection, $"SELECT count(*) FROM {_table} WHERE {_filtered} AND {Within(next)}");
            return (long)count.Scalar(Values(start, next))!;
        }

        private string Behind(string start) => $"{_order} {(_ascending ? ">=" : "<")} {start}";

        private string Within(long? next) => Behind("$1") + (next is null ? "" : $" AND {_order} {(_ascending ? "<" : ">=")} $2");

        // $1 and $2 are the window's ends.
        private object?[] Values(long start, long? next) => [start, next, .. _values];

        private string And(string condition, object? value)
        {
            if (value is null)
            {
                return "";
            }

            _values.Add(value);
            return $" AND {condition} ${_values.Count + 2}";
        }
    }
}
