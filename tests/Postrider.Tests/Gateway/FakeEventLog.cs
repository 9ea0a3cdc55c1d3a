using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Gateway;

/// <summary>Keeps what it is given and gives it a place; a test may make it wait or fail.</summary>
internal sealed class FakeEventLog : IEventLog
{
    private long _position;

    public string Id => "test";

    public IReadOnlyList<ILogPartition> Partitions => [];

    public bool HoldParking => false;

    public LogCondition Condition => LogCondition.Ready;

    public ConcurrentQueue<Event> Stored { get; } = new();

    /// <summary>Runs before an event is stored.</summary>
    public Func<Task>? BeforeAppend { get; set; }

    public async ValueTask AppendAsync(Event @event)
    {
        if (BeforeAppend is { } before)
        {
            await before();
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

    public LogUsage GetUsage() => throw new NotSupportedException("The gateway does not ask.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
