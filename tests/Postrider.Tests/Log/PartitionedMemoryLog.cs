using Postrider.Events;
using Postrider.Log;
using Postrider.Tests.Delivery;

namespace Postrider.Tests.Log;

/// <summary>A log in memory with several partitions: an event with a key goes where its key does, one without to the next.</summary>
internal sealed class PartitionedMemoryLog(int partitions) : IEventLog
{
    private readonly List<MemoryPartition> _partitions = [.. Enumerable.Range(0, partitions).Select(number => new MemoryPartition(new MemoryLog(), number))];
    private int _next;

    public string Id => "memory";

    public IReadOnlyList<ILogPartition> Partitions => _partitions;

    public LogCondition Condition => LogCondition.Ready;

    public IAuditStore Audit { get; } = new MemoryAudit();

    public bool HoldParking => false;

    public ValueTask AppendAsync(Event @event) => AppendAsync([@event]);

    public async ValueTask AppendAsync(IReadOnlyList<Event> events)
    {
        foreach (var @event in events)
        {
            var number = @event.IsKeyed ? (int)((@event.KeyHash >> 32) % (ulong)_partitions.Count) : _next++ % _partitions.Count;
            await _partitions[number].AppendAsync(@event);
        }
    }

    public LogUsage GetUsage() => new(0, 0, 1 << 30, null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class MemoryPartition(MemoryLog events, int number) : ILogPartition
    {
        public int Number => number;

        public long Generation => 0;

        public long GenerationStart => 1;

        public long FirstPosition => 1;

        public long EndPosition => events.EndPosition;

        public Task<ILogPartition> Successor => events.Successor;

        public IStateStore State => events.State;

        public long GenerationOf(long position) => 0;

        public async ValueTask AppendAsync(Event @event)
        {
            await events.AppendAsync(@event);
            Place(@event);
        }

        public void Listen(Action<CommittedBatch> listener) => events.Listen(listener);

        public async ValueTask<IReadOnlyList<Event>> ReadAsync(long from, long before, int maxBytes, CancellationToken cancellationToken) =>
            [.. (await events.ReadAsync(from, before, maxBytes, cancellationToken)).Select(Place)];

        public async ValueTask<EventsBack> ReadBackAsync(long before, int maxBytes, CancellationToken cancellationToken)
        {
            var read = await events.ReadBackAsync(before, maxBytes, cancellationToken);
            return read with { Events = [.. read.Events.Select(Place)] };
        }

        public async ValueTask<Event?> GetAsync(long position, CancellationToken cancellationToken) =>
            await events.GetAsync(position, cancellationToken) is { } found ? Place(found) : null;

        private Event Place(Event @event)
        {
            @event.PlaceAt("memory", new LogPosition(number, 0, @event.Place.Position));
            return @event;
        }
    }
}
