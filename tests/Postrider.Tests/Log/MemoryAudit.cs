using System.Collections.Concurrent;
using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>An audit log for logs that are none.</summary>
internal sealed class MemoryAudit : IAuditStore
{
    private readonly ConcurrentStack<AuditRecord> _records = [];

    /// <summary>What every call fails with; null: none does.</summary>
    public Exception? Failure { get; set; }

    public Task AddAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
        {
            return Task.FromException(failure);
        }

        _records.Push(record);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<AuditRecord>> ReadAsync(int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<AuditRecord>>([.. _records.Take(limit)]);
}
