using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;
using Postrider.Tests.Log;
using Postrider.Tests.Delivery;

namespace Postrider.Tests.Gateway;

/// <summary>Keeps what it is given and gives it a place; a test may make it wait or fail.</summary>
internal sealed class FakeEventLog : IEventLog
{
    private long _position;

    public string Id => "test";

    /// <summary>Has the state: what was put aside.</summary>
    public MemoryLog Partition { get; } = new();

    public IReadOnlyList<ILogPartition> Partitions => [Partition];

    public IAuditStore Audit { get; } = new MemoryAudit();

    public bool HoldParking => false;

    public LogCondition Condition => LogCondition.Ready;

    public ConcurrentQueue<Event> Stored { get; } = new();

    /// <summary>An event whose repeats are recognised.</summary>
    public Event? Known { get; set; }

    /// <summary>Whether the repeats of all that is stored are recognised.</summary>
    public bool Remembers { get; set; }

    /// <summary>Runs before an event is stored.</summary>
    public Func<Task>? BeforeAppend { get; set; }

    public async ValueTask AppendAsync(Event @event)
    {
        if (BeforeAppend is { } before)
        {
            await before();
        }

        if (@event.RepeatKey is { } key && FindFirst(key) is { } first)
        {
            @event.RepeatOf(Id, first.Place, key.Body == first.RepeatKey!.Value.Body);
            return;
        }

        @event.PlaceAt(Id, new LogPosition(0, 0, Interlocked.Increment(ref _position)));
        Stored.Enqueue(@event);
    }

    public async ValueTask AppendAsync(IReadOnlyList<Event> events)
    {
        foreach (var @event in events)
        {
            await AppendAsync(@event);
        }
    }

    private Event? FindFirst(RepeatKey key) =>
        Known?.RepeatKey?.Id == key.Id ? Known : Remembers ? Stored.FirstOrDefault(stored => stored.RepeatKey?.Id == key.Id) : null;

    public LogUsage GetUsage() => throw new NotSupportedException("The gateway does not ask.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
