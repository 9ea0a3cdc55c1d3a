using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Replays in <c>state.db</c>.</summary>
internal static class ReplayRows
{
    /// <summary>Finished replays are forgotten then; those over the log not while it holds what they replayed, which is part of those events' stories.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>A replay over the log that has positions to read: they are spared from <c>next</c> on.</summary>
    public const string Pinning = "state = 0 AND of_dead_letters = 0 AND next < before_pos";

    private const string Columns = """
        r.name, d.name, r.of_dead_letters, r.key, r.type, r.class, r.since, r.until, r.pos, r.rate, r.from_pos, r.before_pos, r.total, r.created_at,
        r.state, r.next, r.events, r.finished_at, r.reason
        """;

    /// <summary>Within the caller's transaction. False: it is there already, and stays as it is.</summary>
    public static bool Add(SqliteConnection connection, long destination, ReplayJob replay)
    {
        using var add = new Statement(connection, """
            INSERT INTO replay(
                name, dest, of_dead_letters, key, type, class, since, until, pos, rate, from_pos, before_pos, total, created_at,
                state, next, events, finished_at, reason)
            VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            ON CONFLICT(name) DO NOTHING
            """);
        var (filter, progress) = (replay.Filter, replay.Progress);
        var isNew = add.Run(
            replay.Id, destination, replay.OfDeadLetters, filter.Key, filter.Type, filter.Class,
            Bound(filter.Since), Bound(filter.Until), filter.Position, replay.Rate,
            replay.From, replay.Before, replay.Total, replay.CreatedAt.ToUnixTimeMilliseconds(),
            (long)progress.State, progress.Next, progress.Events, progress.FinishedAt?.ToUnixTimeMilliseconds(), progress.Reason) > 0;
        Prune(connection, replay.CreatedAt);
        return isNew;
    }

    public static int Prune(SqliteConnection connection, DateTimeOffset now)
    {
        using var prune = new Statement(connection, $"""
            DELETE FROM replay WHERE state <> 0
            AND (id NOT IN (SELECT id FROM replay ORDER BY id DESC LIMIT {ReplayJob.KeptCount})
                OR (finished_at < $1 AND (of_dead_letters = 1 OR next <= $2)))
            """);
        return prune.Run((now - KeptFor).ToUnixTimeMilliseconds(), StateMeta.ReadTruncatedTo(connection));
    }

    public static void End(SqliteConnection connection, string replay, ReplayProgress progress)
    {
        using var end = new Statement(connection, "UPDATE replay SET state = $2, next = $3, events = $4, finished_at = $5, reason = $6 WHERE name = $1 AND state = 0");
        end.Run(replay, (long)progress.State, progress.Next, progress.Events, progress.FinishedAt?.ToUnixTimeMilliseconds(), progress.Reason);
    }

    /// <summary>The destination is let go: what it still replays has failed.</summary>
    public static void EndAll(SqliteConnection connection, long destination, string reason, DateTimeOffset now)
    {
        using var end = new Statement(connection, "UPDATE replay SET state = $2, finished_at = $3, reason = $4 WHERE dest = $1 AND state = 0");
        end.Run(destination, (long)ReplayState.Failed, now.ToUnixTimeMilliseconds(), reason);
    }

    public static List<ReplayJob> Load(SqliteConnection connection) => StateRows.Query(
        connection, $"SELECT {Columns} FROM replay r JOIN destination d ON d.id = r.dest ORDER BY r.id DESC", Read);

    /// <summary>A bound of a time as it is compared with stored ones, which are whole milliseconds.</summary>
    public static long? Bound(DateTimeOffset? time) =>
        time is { } at ? at.ToUnixTimeMilliseconds() + (at.Ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0) : null;

    private static ReplayJob Read(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Destination = row.GetString(1),
        OfDeadLetters = row.GetBoolean(2),
        Filter = new DeadLetterFilter
        {
            Key = StateRows.Text(row, 3),
            Type = StateRows.Text(row, 4),
            Class = StateRows.Text(row, 5),
            Since = StateRows.Time(row, 6),
            Until = StateRows.Time(row, 7),
            Position = row.IsDBNull(8) ? null : row.GetInt64(8),
        },
        Rate = row.IsDBNull(9) ? null : row.GetDouble(9),
        From = row.GetInt64(10),
        Before = row.GetInt64(11),
        Total = row.GetInt64(12),
        CreatedAt = StateRows.Time(row, 13)!.Value,
        Progress = new ReplayProgress(
            (ReplayState)row.GetInt32(14), row.GetInt64(15), row.GetInt64(16), StateRows.Time(row, 17), StateRows.Text(row, 18)),
    };
}
