using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Rejected ingest in <c>state.db</c>.</summary>
/// <remarks>How many bytes the bodies have is kept beside them, in the same transactions: to count them would be to read them all.</remarks>
internal static class RejectedRows
{
    public const int KeptCount = 10_000;

    // Bodies are up to 32 KiB each: ten thousand of them would be 320 MB.
    public const int KeptBytes = 16 << 20;
    public const int MaxBodyBytes = 32 << 10;

    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>Within the caller's transaction.</summary>
    public static void Add(SqliteConnection connection, IReadOnlyList<RejectedIngest> rejected)
    {
        if (rejected.Count == 0)
        {
            return;
        }

        var bytes = ReadBytes(connection);
        using var add = new Statement(connection, "INSERT INTO rejected_ingest(source, at, reason, body) VALUES($1, $2, $3, $4)");
        foreach (var one in rejected)
        {
            var body = one.Body.Length > MaxBodyBytes ? one.Body[..MaxBodyBytes] : one.Body;
            add.Run(one.Source, one.At.ToUnixTimeMilliseconds(), one.Reason, body.ToArray());
            bytes += body.Length;
        }

        StateMeta.SetRejectedBytes(connection, bytes);
        Prune(connection, rejected.Max(one => one.At));
        Delete(
            connection,
            "id IN (SELECT id FROM rejected_ingest ORDER BY id LIMIT max(0, (SELECT count(*) FROM rejected_ingest) - $1))",
            KeptCount);
        while (StateMeta.ReadRejectedBytes(connection) > KeptBytes)
        {
            Delete(connection, "id IN (SELECT id FROM rejected_ingest ORDER BY id LIMIT $1)", 1);
        }
    }

    public static int Prune(SqliteConnection connection, DateTimeOffset now) => Delete(connection, "at < $1", (now - KeptFor).ToUnixTimeMilliseconds());

    public static List<RejectedIngest> Read(SqliteConnection connection, string? source, long? before, int limit)
    {
        var bySource = source is null ? "" : "AND source = $3";
        return StateRows.Query(
            connection,
            $"SELECT id, source, at, reason, body FROM rejected_ingest WHERE id < $1 {bySource} ORDER BY id DESC LIMIT $2",
            row => new RejectedIngest(row.GetInt64(0), row.GetString(1), StateRows.Time(row, 2)!.Value, row.GetString(3), row.GetFieldValue<byte[]>(4)),
            source is null ? [before ?? long.MaxValue, limit] : [before ?? long.MaxValue, limit, source]);
    }

    public static long Delete(SqliteConnection connection, string? source) =>
        source is null ? Delete(connection, "$1", 1) : Delete(connection, "source = $1", source);

    private static int Delete(SqliteConnection connection, string which, object value)
    {
        var before = ReadBytes(connection);
        var (count, bytes) = (0, 0L);
        using (var delete = new Statement(connection, $"DELETE FROM rejected_ingest WHERE {which} RETURNING length(body)"))
        using (var gone = delete.Query(value))
        {
            for (; gone.Read(); count++)
            {
                bytes += gone.GetInt64(0);
            }
        }

        if (count > 0)
        {
            StateMeta.SetRejectedBytes(connection, before - bytes);
        }

        return count;
    }

    // A state of an older version has not counted them.
    private static long ReadBytes(SqliteConnection connection)
    {
        if (StateMeta.ReadRejectedBytes(connection) is { } known)
        {
            return known;
        }

        using var sum = new Statement(connection, "SELECT coalesce(sum(length(body)), 0) FROM rejected_ingest");
        var bytes = (long)sum.Scalar()!;
        StateMeta.SetRejectedBytes(connection, bytes);
        return bytes;
    }
}
