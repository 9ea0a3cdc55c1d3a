using System.Buffers;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Delivery;

/// <summary>A log in memory: what is "durable" survives <see cref="Crash"/>, nothing else does.</summary>
internal sealed class MemoryLog : IEventLog, ILogPartition
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _durable;
    private Action<CommittedBatch>? _listener;

    public MemoryLog()
        : this([], new MemoryStateStore())
    {
    }

    private MemoryLog(List<byte[]> durable, MemoryStateStore state)
    {
        _durable = durable;
        Store = state;
    }

    public MemoryStateStore Store { get; }

    public string Id => "memory";

    public IReadOnlyList<ILogPartition> Partitions => [this];

    public LogCondition Condition => LogCondition.Ready;

    public bool HoldParking { get; set; }

    public Exception? ReadFailure { get; set; }

    /// <summary>Thrown when one event is asked for, while set.</summary>
    public Exception? GetFailure { get; set; }

    /// <summary>Runs when it was.</summary>
    public Action? GetFailed { get; set; }

    /// <summary>Asked for, and lost.</summary>
    public HashSet<long> Lost { get; } = [];

    public int Number => 0;

    public long Generation => 0;

    public long FirstPosition => 1;

    public long EndPosition
    {
        get
        {
            lock (_lock)
            {
                return _durable.Count + 1;
            }
        }
    }

    public IStateStore State => Store;

    /// <summary>What a new process would find.</summary>
    public MemoryLog Crash()
    {
        lock (_lock)
        {
            _listener = null;
            return new MemoryLog([.. _durable], Store.Crash());
        }
    }

    public static Event NewEvent(string? key, string body = "{}", string source = "app", IReadOnlyList<string>? destinations = null) =>
        Event.Create(
            new EventDraft
            {
                Source = source,
                Key = key is null ? default : System.Text.Encoding.UTF8.GetBytes(key),
                ReceivedAt = DateTimeOffset.UnixEpoch,
                RequestedDestinations = destinations,
            },
            new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(body)));

    public ValueTask AppendAsync(Event @event) => AppendAsync([@event]);

    public ValueTask AppendAsync(IReadOnlyList<Event> events)
    {
        lock (_lock)
        {
            var first = EndPosition;
            foreach (var @event in events)
            {
                @event.PlaceAt(Id, new LogPosition(0, 0, EndPosition));
                _durable.Add(@event.Bytes.ToArray());
            }

            _listener?.Invoke(new CommittedBatch(first, events));
        }

        return ValueTask.CompletedTask;
    }

    public LogUsage GetUsage() => new(0, 0, 1 << 30, null);

    public void Listen(Action<CommittedBatch> listener)
    {
        lock (_lock)
        {
            _listener = listener;
        }
    }

    public ValueTask<IReadOnlyList<Event>> ReadAsync(long from, long before, int maxBytes, CancellationToken cancellationToken)
    {
        if (ReadFailure is { } failure)
        {
            throw failure;
        }

        lock (_lock)
        {
            var events = new List<Event>();
            var bytes = 0;
            for (var position = from; position < Math.Min(before, EndPosition) && (bytes < maxBytes || events.Count == 0); position++)
            {
                events.Add(Restore(position));
                bytes += events[^1].Weight;
            }

            return ValueTask.FromResult<IReadOnlyList<Event>>(events);
        }
    }

    public ValueTask<Event?> GetAsync(long position, CancellationToken cancellationToken)
    {
        if (GetFailure is { } failure)
        {
            GetFailed?.Invoke();
            throw failure;
        }

        lock (_lock)
        {
            return ReadFailure is { } unreadable ? ValueTask.FromException<Event?>(unreadable)
                : ValueTask.FromResult(position < EndPosition && !Lost.Contains(position) ? Restore(position) : null);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Event Restore(long position) => Event.Restore(_durable[(int)position - 1].ToArray(), Id, new LogPosition(0, 0, position));
}
