using System.Buffers;
using Postrider.Events;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Operations;

/// <summary>A log that is only looked at.</summary>
internal sealed class FakeEventLog : IEventLog
{
    public string Id => "testlog";

    public IReadOnlyList<ILogPartition> Partitions { get; } = [new FakePartition()];

    public IAuditStore Audit { get; } = new MemoryAudit();

    public bool HoldParking => false;

    public LogCondition Condition { get; set; } = LogCondition.Ready;

    public LogUsage GetUsage() => new(1000, 400, 2000, 5000);

    public ValueTask AppendAsync(Event @event) => throw new NotSupportedException();

    public ValueTask AppendAsync(IReadOnlyList<Event> events) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class FakePartition : ILogPartition
    {
        private static readonly Event Held = Hold();

        public int Number => 0;

        public long Generation => 0;

        public long GenerationStart => 1;

        public Task<ILogPartition> Successor { get; } = new TaskCompletionSource<ILogPartition>().Task;

        public long FirstPosition => 3;

        public long EndPosition => 18;

        public IStateStore State => throw new NotSupportedException();

        public long GenerationOf(long position) => Generation;

        public void Listen(Action<CommittedBatch> listener) => throw new NotSupportedException();

        // Where a search begins is looked for so.
        public ValueTask<IReadOnlyList<Event>> ReadAsync(long from, long before, int maxBytes, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<Event>>([Held]);

        public ValueTask<EventsBack> ReadBackAsync(long before, int maxBytes, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new EventsBack(before > FirstPosition ? [Held] : [], FirstPosition));

        public ValueTask<Event?> GetAsync(long position, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static Event Hold()
        {
            var draft = new EventDraft { Source = "app", Key = "ada"u8.ToArray(), Type = "track", ReceivedAt = AdminServer.StartedAt };
            var held = Event.Create(draft, new ReadOnlySequence<byte>("{}"u8.ToArray()));
            held.PlaceAt("testlog", new LogPosition(0, 0, 7));
            return held;
        }
    }
}
