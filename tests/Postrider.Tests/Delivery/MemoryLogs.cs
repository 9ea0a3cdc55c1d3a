using Postrider.Events;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Delivery;

/// <summary>A log in memory of several partitions; a test appends to each by itself.</summary>
internal sealed class MemoryLogs(int partitions) : IEventLog
{
    private readonly MemoryLog[] _partitions = [.. Enumerable.Range(0, partitions).Select(number => new MemoryLog { Number = number })];

    public string Id => "memory";

    public IReadOnlyList<ILogPartition> Partitions => [.. _partitions.Select(partition => partition.Current)];

    public LogCondition Condition => LogCondition.Ready;

    public bool HoldParking => false;

    public IAuditStore Audit { get; } = new MemoryAudit();

    /// <summary>One of them, in its generation of now.</summary>
    public MemoryLog this[int number] => _partitions[number].Current;

    public ValueTask AppendAsync(Event @event) => throw new NotSupportedException("A test appends to one partition.");

    public ValueTask AppendAsync(IReadOnlyList<Event> events) => throw new NotSupportedException("A test appends to one partition.");

    public LogUsage GetUsage() => new(0, 0, 1 << 30, null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
