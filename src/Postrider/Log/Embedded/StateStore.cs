using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>Progress, parked lanes and dead letters in <c>state.db</c>.</summary>
internal sealed class StateStore : IStateStore, IDisposable
{
    private readonly StateDatabase _database;
    private readonly DeadLetterRows _letters;
    private readonly Func<SqliteConnection, long, Event?> _find;
    private readonly ConcurrentDictionary<string, long> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunningReplay> _replays = new(StringComparer.Ordinal);
    private StateSaver? _saver;

    /// <summary>Makes the store.</summary>
    /// <param name="database">Where it lives.</param>
    /// <param name="find">Finds an event, for what dead letters say of it.</param>
    public StateStore(StateDatabase database, Func<SqliteConnection, long, Event?> find)
    {
        _database = database;
        _letters = new DeadLetterRows(database);
        _find = find;
    }

    /// <summary>Someone has said which destinations there are, so that their absence means that there are none.</summary>
    public bool IsRegistered { get; private set; }

    /// <summary>What still needs the log: the saved cursors of destinations, and the replays that read it.</summary>
    public IEnumerable<LogPin> Pins => _cursors.Select(cursor => new LogPin(cursor.Key, null, cursor.Value))
        .Concat(_replays.Where(replay => replay.Value.Next < replay.Value.Before)
            .Select(replay => new LogPin(replay.Value.Destination, replay.Key, replay.Value.Next)));

    public long? BeginsAt { get; private set; }

    public Task OpenAsync(CancellationToken cancellationToken) => _database.EnqueueAsync(
        connection =>
        {
            BeginsAt = StateMeta.ReadBeginsAt(connection);
            _saver = new StateSaver(connection);
            LoadNames(connection);
            foreach (var replay in ReplayRows.Load(connection))
            {
                Note(replay);
            }

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
        connection => StateRows.Query(
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

    public async Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(
            connection =>
            {
                new Forgetting(connection, Saver, _find).Forget(IdOf(unread.Destination), unread);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        _cursors.TryRemove(unread.Destination, out _);
        foreach (var (replay, running) in _replays)
        {
            if (running.Destination == unread.Destination)
            {
                _replays.TryRemove(replay, out _);
            }
        }
    }

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
            foreach (var (replay, progress) in save.Changes.OfType<StateChange.Replayed>())
            {
                Note(replay, progress);
            }
        }
    }

    public async Task<IReadOnlyList<ParkedLaneCount>> CountLanesAsync(string destination, CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => StateRows.Query(
            connection,
            "SELECT lane, count(*), min(parked_at), max(turn) FROM parked WHERE dest = $1 GROUP BY lane",
            row => new ParkedLaneCount(StateRows.Lane(row, 0), row.GetInt32(1), StateRows.Time(row, 2)!.Value, row.GetInt64(3)),
            IdOf(destination)),
        cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => StateRows.Query(
            connection,
            "SELECT lane, due FROM lane_due WHERE dest = $1 ORDER BY due, lane LIMIT $2",
            row => new ParkedLane(StateRows.Lane(row, 0), StateRows.Time(row, 1)!.Value),
            IdOf(destination), limit),
        cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(
        string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken) => await _database.ReadAsync(
        connection => StateRows.Query(
            connection,
            $"""
            SELECT {StateRows.ParkedColumns} FROM parked
            WHERE dest = $1 AND lane = $2 AND (after, turn, pos) > ($3, $4, $5) ORDER BY after, turn, pos LIMIT $6
            """,
            StateRows.ReadParked,
            IdOf(destination), unchecked((long)lane.Value), after.After, after.Turn, after.Position, limit),
        cancellationToken).ConfigureAwait(false);

    public Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken) => _database.ReadAsync(
        connection =>
        {
            using var statement = new Statement(connection, "SELECT min(pos) FROM parked WHERE dest = $1");
            return (long?)statement.Scalar(IdOf(destination));
        },
        cancellationToken);

    public Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken) => _ids.TryGetValue(destination, out var id)
        ? _database.ReadAsync(connection => EventRecords.Find(connection, id, position), cancellationToken)
        : Task.FromResult(new EventRecord(null, null, null, DeadLetterDeleted: false, null, null));

    public Task<IReadOnlySet<long>> FindParkedAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => _database.ReadAsync(
        connection =>
        {
            using var statement = new Statement(connection, "SELECT 1 FROM parked WHERE dest = $1 AND pos = $2 LIMIT 1");
            var id = IdOf(destination);
            return (IReadOnlySet<long>)positions.Where(position => statement.Scalar(id, position) is not null).ToHashSet();
        },
        cancellationToken);

    public Task<IReadOnlyList<StoredDeadLetter>> ReadDeadLettersAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
        TryFind(query.Destination, out var id) ? _letters.ReadAsync(id, query, cancellationToken) : Task.FromResult<IReadOnlyList<StoredDeadLetter>>([]);

    public Task<long> CountDeadLettersAsync(string? destination, DeadLetterFilter filter, CancellationToken cancellationToken) =>
        TryFind(destination, out var id) ? _letters.CountAsync(id, filter, cancellationToken) : Task.FromResult(0L);

    public Task DeleteDeadLettersAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => _database.WriteAsync(
        connection =>
        {
            new LetterDeletion(connection, Saver).Delete(IdOf(destination), positions);
            return 0;
        },
        cancellationToken);

    public async Task<IReadOnlyList<GivenUpRange>> ReadGivenUpAsync(string? destination, int limit, CancellationToken cancellationToken)
    {
        const string Select = $"SELECT {StateRows.GivenUpColumns} FROM given_up g JOIN destination d ON d.id = g.dest";
        return !TryFind(destination, out var id) ? [] : await _database.ReadAsync(
            connection => id is null
                ? StateRows.Query(connection, $"{Select} ORDER BY g.id DESC LIMIT $1", StateRows.ReadGivenUp, limit)
                : StateRows.Query(connection, $"{Select} WHERE g.dest = $2 ORDER BY g.id DESC LIMIT $1", StateRows.ReadGivenUp, limit, id),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task AddReplayAsync(ReplayJob replay, CancellationToken cancellationToken)
    {
        if (await _database.WriteAsync(connection => ReplayRows.Add(connection, IdOf(replay.Destination), replay), cancellationToken).ConfigureAwait(false))
        {
            Note(replay);
        }
    }

    public async Task EndReplayAsync(string replay, ReplayProgress progress, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(
            connection =>
            {
                ReplayRows.End(connection, replay, progress);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        Note(replay, progress);
    }

    public async Task<IReadOnlyList<ReplayJob>> LoadReplaysAsync(CancellationToken cancellationToken) =>
        await _database.ReadAsync(ReplayRows.Load, cancellationToken).ConfigureAwait(false);

    public Task AddRejectedAsync(IReadOnlyList<RejectedIngest> rejected, CancellationToken cancellationToken) => _database.WriteAsync(
        connection =>
        {
            RejectedRows.Add(connection, rejected);
            return 0;
        },
        cancellationToken);

    public async Task<IReadOnlyList<RejectedIngest>> ReadRejectedAsync(string? source, long? before, int limit, CancellationToken cancellationToken) =>
        await _database.ReadAsync(connection => RejectedRows.Read(connection, source, before, limit), cancellationToken).ConfigureAwait(false);

    public Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken) =>
        _database.WriteAsync(connection => RejectedRows.Delete(connection, source), cancellationToken);

    /// <summary>The prepared statements of the writing connection; use them only there.</summary>
    public StateSaver Saver => _saver ?? throw new InvalidOperationException("The store is not open.");

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

    // False: no such destination. Null is any.
    private bool TryFind(string? destination, out long? id)
    {
        id = destination is not null && _ids.TryGetValue(destination, out var found) ? found : null;
        return destination is null || id is not null;
    }

    private void Note(ReplayJob replay)
    {
        if (replay is { OfDeadLetters: false, Progress.State: ReplayState.Running })
        {
            _replays.TryAdd(replay.Id, new RunningReplay(replay.Destination, replay.Progress.Next, replay.Before));
        }
    }

    private void Note(string replay, ReplayProgress progress)
    {
        if (progress.State is not ReplayState.Running)
        {
            _replays.TryRemove(replay, out _);
        }
        else if (_replays.TryGetValue(replay, out var running))
        {
            // Another may end it meanwhile: then it must not come back.
            _replays.TryUpdate(replay, running with { Next = progress.Next }, running);
        }
    }

    private sealed record RunningReplay(string Destination, long Next, long Before);
}
