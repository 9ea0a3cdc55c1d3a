using Microsoft.Data.Sqlite;

namespace Postrider.Log.Embedded;

/// <summary>The audit log in <c>state.db</c>.</summary>
internal sealed class EmbeddedAudit(StateDatabase database) : IAuditStore
{
    public Task AddAsync(AuditRecord record, CancellationToken cancellationToken) => database.WriteAsync(connection => Add(connection, record), cancellationToken);

    public async Task<IReadOnlyList<AuditRecord>> ReadAsync(int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => StateRows.Query(
            connection,
            "SELECT at, by_name, from_address, action, target, details FROM audit ORDER BY id DESC LIMIT $1",
            row => new AuditRecord(StateRows.Time(row, 0)!.Value, row.GetString(1), StateRows.Text(row, 2), row.GetString(3), StateRows.Text(row, 4), row.GetString(5)),
            limit),
        cancellationToken).ConfigureAwait(false);

    private static int Add(SqliteConnection connection, AuditRecord record)
    {
        using var add = new Statement(connection, "INSERT INTO audit(at, by_name, from_address, action, target, details) VALUES($1, $2, $3, $4, $5, $6)");
        add.Run(record.At.ToUnixTimeMilliseconds(), record.By, record.From, record.Action, record.Target, record.Details);

        // Ids are dense at the end, so the bound needs no count.
        using var prune = new Statement(connection, "DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - $1 OR at < $2");
        return prune.Run(IAuditStore.Kept, (record.At - IAuditStore.KeptFor).ToUnixTimeMilliseconds());
    }
}
