using Microsoft.Data.Sqlite;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>A state that an older version wrote opens as if this one had.</summary>
public sealed class StateMigrationTests : IDisposable
{
    /// <summary>As version 1 made it; never to be changed.</summary>
    private const string FirstVersion = """
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
        PRAGMA user_version=1;
        """;

    private const string Rows = """
        INSERT INTO destination VALUES(1, 'crm', 1, 4, 2, x'02', 1, '410 Gone', 7, 8, 2, 2, 1728000000000, 0);
        INSERT INTO destination VALUES(2, 'old', 1, 4, 4, x'', 0, NULL, 0, 0, 0, 1, 1728000000000, 1);
        INSERT INTO parked VALUES(1, 42, 9, 3, 2, 1728000000000, 1728000000001, 'status', 503, 'no');
        INSERT INTO parked VALUES(1, 42, 2, 2, 1, 1728000000000, NULL, NULL, NULL, NULL);
        INSERT INTO lane_due VALUES(1, 42, 1728000000005);
        INSERT INTO dead_letter VALUES(3, 1, 1, 8, 'ada', 'track', 'rejected', 'status', 400, 'bad', x'616263', 1728000000000, 1728000000001, 3, 1728000000002, 0);
        INSERT INTO dead_letter VALUES(5, 2, 1, 8, NULL, NULL, 'forgotten', 'forgotten', NULL, 'gone', x'', NULL, NULL, 0, 1728000000002, 0);
        INSERT INTO dead_letter VALUES(8, 1, 2, 8, NULL, NULL, 'rejected', 'status', 400, 'bad', x'', NULL, NULL, 1, 1728000000003, 0);
        INSERT INTO dead_letter VALUES(9, 1, 3, 8, NULL, NULL, 'rejected', 'status', 400, 'bad', x'', NULL, NULL, 1, 1728000000003, 1);
        INSERT INTO given_up VALUES(4, 2, 2, 4, 2, 'not configured', 1728000000004);
        INSERT INTO route_text VALUES(1, 'everything');
        INSERT INTO route VALUES(1, 1, 1);
        """;

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_StateOfTheFirstVersion_KeepsAllItHolds()
    {
        await MakeFirstVersionAsync();

        await using var log = await _folder.OpenAsync();

        var state = log.Partitions[0].State;
        var record = Assert.Single(await state.LoadDestinationsAsync(Cancellation));
        Assert.Equal(("crm", 4L, 2L), (record.Name, record.Progress.ReadPosition, record.DeadLetters));
        Assert.Equal((new DestinationControl(true, "410 Gone"), new DestinationCounters(7, 8, 2)), (record.Control, record.Counters));
        var parked = await state.ReadLaneAsync("crm", new LaneId(42), ParkedPlace.Start, 10, Cancellation);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1728000000000);
        Assert.Equal(
            [new ParkedEvent(new LaneId(42), 2, 2, 1, at, null, null), new ParkedEvent(new LaneId(42), 9, 3, 2, at, at.AddMilliseconds(1), new AttemptError("status", 503, "no"))],
            parked);
        var letters = await state.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, null, null, 10), Cancellation);
        Assert.Equal([(8L, "crm", 2L, false), (5L, "old", 1L, false), (3L, "crm", 1L, false)], letters.Select(one => (one.Number, one.Destination, one.Letter.Position, one.Letter.Blocking)));
        Assert.Equal("abc"u8.ToArray(), letters[2].Letter.Answer.ToArray());
        Assert.True((await state.FindEventAsync("crm", 3, Cancellation)).DeadLetterDeleted);
        Assert.Equal("everything", (await state.FindEventAsync("crm", 3, Cancellation)).Routes);
        Assert.Equal(4, Assert.Single(await state.ReadGivenUpAsync(null, 10, Cancellation)).Number);
    }

    [Fact]
    public async Task OpenAsync_StateOfTheFirstVersion_NumbersGoOnFromWhereTheyWere()
    {
        await MakeFirstVersionAsync();
        await using var log = await _folder.OpenAsync();
        var state = log.Partitions[0].State;
        var letter = (await state.FindEventAsync("crm", 1, Cancellation)).Dead!;

        await state.SaveAsync(
            [new DestinationSave("crm")
            {
                Progress = Progress.StartingAt(4),
                Counters = default,
                Changes = [new StateChange.Bury(letter), new StateChange.GiveUp(new GivenUpRange("crm", 1, 2, 1, "x", default))],
            }],
            Cancellation);

        Assert.True((await state.ReadDeadLettersAsync(new DeadLetterQuery("crm", DeadLetterFilter.All, null, null, 1), Cancellation))[0].Number > 9);
        Assert.Equal(2, await state.CountDeadLettersAsync("crm", DeadLetterFilter.All, Cancellation));
        Assert.True((await state.ReadGivenUpAsync("crm", 1, Cancellation))[0].Number > 4);
    }

    [Fact]
    public async Task OpenAsync_StateOfTheFirstVersion_HasTheTablesOfANewOne()
    {
        await MakeFirstVersionAsync();
        using var other = new EmbeddedLogFolder();
        await using (await _folder.OpenAsync())
        await using (await other.OpenAsync())
        {
        }

        Assert.Equal(SchemaOf(other), SchemaOf(_folder));
        Assert.Contains(SchemaOf(_folder), sql => sql.Contains("TABLE replay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenAsync_MigrationThatFails_LeavesTheFirstVersionAsItWas()
    {
        await MakeFirstVersionAsync();
        var before = SchemaOf(_folder);
        Execute("CREATE TABLE replay(stranger)");

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
        Execute("DROP TABLE replay");

        Assert.Contains("replay", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, SchemaOf(_folder));
        await using var log = await _folder.OpenAsync();
        Assert.Single(await log.Partitions[0].State.LoadDestinationsAsync(Cancellation));
    }

    private static List<string> SchemaOf(EmbeddedLogFolder folder)
    {
        using var connection = Connect(folder);
        using var statement = new Statement(connection, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL UNION ALL SELECT 'version ' || user_version FROM pragma_user_version ORDER BY 1");
        return StateRows.ReadAll(statement.Query(), row => row.GetString(0));
    }

    private static SqliteConnection Connect(EmbeddedLogFolder folder)
    {
        var connection = new SqliteConnection($"Data Source={folder.State};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Execute(string sql)
    {
        using var connection = Connect(_folder);
        Statement.Execute(connection, sql);
    }

    /// <summary>A log of three events, whose state is one of version 1.</summary>
    private async Task MakeFirstVersionAsync()
    {
        string id;
        await using (var log = await _folder.OpenAsync())
        {
            await log.AppendAsync([.. Enumerable.Range(0, 3).Select(i => TestEvents.Numbered(i))]);
            id = log.Id;
        }

        File.Delete(_folder.State);
        Execute("PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL");
        Execute(FirstVersion);
        Execute(Rows);
        using var connection = Connect(_folder);
        StateMeta.Initialize(connection, id, 1, null);
    }
}
