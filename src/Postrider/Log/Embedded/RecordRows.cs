using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>Kept records in <c>state.db</c>.</summary>
internal sealed class RecordRows(StateDatabase database) : IRecordKeeper
{
    public async Task<IReadOnlyList<KeptRecord>> LoadAsync(CancellationToken cancellationToken) => await database.ReadAsync(
        connection => StateRows.Query(connection, "SELECT kind, number, bytes FROM kept ORDER BY kind, number", Read),
        cancellationToken).ConfigureAwait(false);

    // A transaction of its own: the saves of progress that wait behind it are held up by one more sync, no more.
    public Task SaveAsync(IReadOnlyList<KeptRecord> written, IReadOnlyList<RecordKey> removed, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            using var remove = new Statement(connection, "DELETE FROM kept WHERE kind = $1 AND number = $2");
            foreach (var key in removed)
            {
                remove.Run(key.Kind, key.Number);
            }

            using var write = new Statement(connection, "INSERT INTO kept(kind, number, bytes) VALUES($1, $2, $3) ON CONFLICT DO UPDATE SET bytes = excluded.bytes");
            foreach (var (key, bytes) in written)
            {
                write.Run(key.Kind, key.Number, bytes);
            }

            return 0;
        },
        cancellationToken);

    private static KeptRecord Read(SqliteDataReader row) => new(new RecordKey(row.GetInt32(0), row.GetInt64(1)), row.GetFieldValue<byte[]>(2));
}
