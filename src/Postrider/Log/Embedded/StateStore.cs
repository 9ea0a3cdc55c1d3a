using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Progress, parked lanes and dead letters in <c>state.db</c>.</summary>
internal sealed class StateStore : IStateStore, IDisposable
{
    private readonly StateDatabase _database;
    private readonly Func<SqliteConnection, long, Event?> _find;
    private readonly ConcurrentDictionary<string, long> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private StateSaver? _saver;

    /// <summary>Makes the store.</summary>
    /// <param name="database">Where it lives.</param>
    /// <param name="find">Finds an event, for what dead letters say of it.</param>
    public StateStore(StateDatabase database, Func<SqliteConnection, long, Event?> find)
    {
        _database = database;
        _find = find;
    }

    /// <summary>Someone has said which destinations there are, so that their absence means that there are none.</summary>
    public bool IsRegistered { get; private set; }

    /// <summary>The saved cursors by destination.</summary>
    public IEnumerable<KeyValuePair<string, long>> Cursors => _cursors;

    public long? BeginsAt { get; private set; }

    public Task OpenAsync(CancellationToken cancellationToken) => _database.EnqueueAsync(
        connection =>
        {
            BeginsAt = StateMeta.ReadBeginsAt(connection);
            _saver = new StateSaver(connection);
            LoadNames(connection);
            return 0;
        },
        cancellationToken);

    public Task CloseAsync(long? closedAt) => _database.WriteAsync(
        connection =>
        {
            StateMeta.SetClosedAt(connection, closedAt);
            return 0;
        },
        CancellationToken.None);

    public void Dispose() => _saver?.Dispose();

    public async Task<IReadOnlyList<DestinationRecord>> LoadDestinationsAsync(CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => Query(
            connection, $"SELECT {StateRows.DestinationColumns} FROM destination WHERE forgotten = 0 ORDER BY id", StateRows.ReadDestination),
        cancellationToken).ConfigureAwait(false);

    public async Task RegisterAsync(IReadOnlyList<DestinationRecord> added, IReadOnlyList<string> listed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(
            connection =>
            {
                using var add = new Statement(connection, """
                    INSERT INTO destination(name, start, read, cursor, outstanding, paused, disabled, delivered, failed, parked_events, last_listed)
                    VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                    ON CONFLICT(name) DO UPDATE SET start = excluded.start, read = excluded.read, cursor = excluded.cursor, outstanding = excluded.outstanding,
                        paused = excluded.paused, disabled = excluded.disabled, delivered = excluded.delivered, failed = excluded.failed,
                        parked_events = excluded.parked_events, last_listed = excluded.last_listed, forgotten = 0
                    WHERE forgotten = 1
                    """);
                var first = StateMeta.Read(connection).TruncatedTo;
                foreach (var destination in added)
                {
                    Add(add, destination, first);
                }

                using var mark = new Statement(connection, "UPDATE destination SET last_listed = $2 WHERE name = $1");
                foreach (var name in listed)
                {
                    mark.Run(name, now.ToUnixTimeMilliseconds());
                }

                if (BeginsAt is not null)
                {
                    StateMeta.SetBeginsAt(connection, null);
                }

                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        await _database.EnqueueAsync(
            connection =>
            {
                LoadNames(connection);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        BeginsAt = null;
        IsRegistered = true;
    }

    public Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken) => _database.WriteAsync(
        connection =>
        {
            new Forgetting(connection, Saver, _find).Forget(IdOf(unread.Destination), unread);
            _cursors.TryRemove(unread.Destination, out _);
            return 0;
        },
        cancellationToken);

    public async Task SaveAsync(IReadOnlyList<DestinationSave> saves, CancellationToken cancellationToken)
    {
        if (saves.Count == 0)
        {
            return;
        }

        await _database.WriteAsync(
            _ =>
            {
                foreach (var save in saves)
                {
                    Saver.Save(IdOf(save.Destination), save);
                }

                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var save in saves)
        {
            _cursors[save.Destination] = save.Progress.Cursor;
        }
    }

    public async Task<IReadOnlyList<KeyValuePair<LaneId, int>>> CountLanesAsync(string destination, CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => Query(
            connection,
            "SELECT lane, count(*) FROM parked WHERE dest = $1 GROUP BY lane",
            row => KeyValuePair.Create(StateRows.Lane(row, 0), row.GetInt32(1)),
            IdOf(destination)),
        cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => Query(
            connection,
            "SELECT lane, due FROM lane_due WHERE dest = $1 ORDER BY due, lane LIMIT $2",
            row => new ParkedLane(StateRows.Lane(row, 0), StateRows.Time(row, 1)!.Value),
            IdOf(destination), limit),
        cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(
        string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => Query(
            connection,
            $"SELECT {StateRows.ParkedColumns} FROM parked WHERE dest = $1 AND lane = $2 AND (after, pos) > ($3, $4) ORDER BY after, pos LIMIT $5",
            StateRows.ReadParked,
            IdOf(destination), unchecked((long)lane.Value), after.After, after.Position, limit),
        cancellationToken).ConfigureAwait(false);

    public Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken) => _database.ReadAsync(
        connection =>
        {
            using var statement = new Statement(connection, "SELECT min(pos) FROM parked WHERE dest = $1");
            return (long?)statement.Scalar(IdOf(destination));
        },
        cancellationToken);

    public Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken) => _ids.TryGetValue(destination, out var id)
        ? _database.ReadAsync(connection => EventRecords.Find(connection, destination, id, position), cancellationToken)
        : Task.FromResult(new EventRecord(null, null, null, DeadLetterDeleted: false, null, null));

    /// <summary>The prepared statements of the writing connection; use them only there.</summary>
    public StateSaver Saver => _saver ?? throw new InvalidOperationException("The store is not open.");

    private static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var statement = new Statement(connection, sql);
        return StateRows.ReadAll(statement.Query(values), read);
    }

    private void LoadNames(SqliteConnection connection)
    {
        using var statement = new Statement(connection, "SELECT name, id, cursor, forgotten FROM destination");
        using var row = statement.Query();
        while (row.Read())
        {
            _ids[row.GetString(0)] = row.GetInt64(1);
            if (!row.GetBoolean(3))
            {
                _cursors[row.GetString(0)] = row.GetInt64(2);
            }
        }
    }

    private static void Add(Statement statement, DestinationRecord destination, long first)
    {
        var progress = destination.Progress;
        if (progress.Cursor < first)
        {
            // Truncation ran between the caller's look at the log and this write.
            throw new InvalidOperationException($"Destination '{destination.Name}' cannot start at {progress.Cursor}: the log begins at {first}.");
        }

        statement.Run(
            destination.Name, destination.StartPosition, progress.ReadPosition, progress.Cursor, ProgressCodec.Write(progress.Outstanding),
            destination.Control.Paused, destination.Control.DisabledReason,
            destination.Counters.Delivered, destination.Counters.FailedAttempts, destination.Counters.ParkedEvents,
            destination.LastListed.ToUnixTimeMilliseconds());
    }

    private long IdOf(string destination) => _ids.TryGetValue(destination, out var id)
        ? id
        : throw new InvalidOperationException($"Destination '{destination}' has never been registered.");
}
