using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Rejected ingest in <c>state.db</c>.</summary>
internal static class RejectedRows
{
    public const int KeptCount = 10_000;
    public const int MaxBodyBytes = 32 << 10;

    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>Within the caller's transaction.</summary>
    public static void Add(SqliteConnection connection, IReadOnlyList<RejectedIngest> rejected)
    {
        using var add = new Statement(connection, "INSERT INTO rejected_ingest(source, at, reason, body) VALUES($1, $2, $3, $4)");
        foreach (var one in rejected)
        {
            var body = one.Body.Length > MaxBodyBytes ? one.Body[..MaxBodyBytes] : one.Body;
            add.Run(one.Source, one.At.ToUnixTimeMilliseconds(), one.Reason, body.ToArray());
        }

        using var surplus = new Statement(connection, """
            DELETE FROM rejected_ingest WHERE id IN
            (SELECT id FROM rejected_ingest ORDER BY id LIMIT max(0, (SELECT count(*) FROM rejected_ingest) - $1))
            """);
        surplus.Run(KeptCount);
        if (rejected.Count > 0)
        {
            Prune(connection, rejected.Max(one => one.At));
        }
    }

    public static int Prune(SqliteConnection connection, DateTimeOffset now)
    {
        using var prune = new Statement(connection, "DELETE FROM rejected_ingest WHERE at < $1");
        return prune.Run((now - KeptFor).ToUnixTimeMilliseconds());
    }

    public static List<RejectedIngest> Read(SqliteConnection connection, string? source, long? before, int limit)
    {
        var bySource = source is null ? "" : "AND source = $3";
        return StateRows.Query(
            connection,
            $"SELECT id, source, at, reason, body FROM rejected_ingest WHERE id < $1 {bySource} ORDER BY id DESC LIMIT $2",
            row => new RejectedIngest(row.GetInt64(0), row.GetString(1), StateRows.Time(row, 2)!.Value, row.GetString(3), row.GetFieldValue<byte[]>(4)),
            source is null ? [before ?? long.MaxValue, limit] : [before ?? long.MaxValue, limit, source]);
    }

    public static long Delete(SqliteConnection connection, string? source)
    {
        using var delete = new Statement(connection, source is null ? "DELETE FROM rejected_ingest" : "DELETE FROM rejected_ingest WHERE source = $1");
        return source is null ? delete.Run() : delete.Run(source);
    }
}
