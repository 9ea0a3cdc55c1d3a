using System.Buffers;
using Postrider.Events;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Delivery;

/// <summary>
/// A log in memory: what is "durable" survives <see cref="Crash"/>, nothing else does. <see cref="Move"/> gives its partition a new generation;
/// as a log this object goes on, as a partition it is void then.
/// </summary>
internal sealed class MemoryLog : IEventLog, ILogPartition
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _durable;
    private readonly TaskCompletionSource<ILogPartition> _successor = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The first position of each generation.
    private readonly List<long> _generations;
    private MemoryLog? _next;
    private Action<CommittedBatch>? _listener;
    private bool _closed;

    public MemoryLog()
        : this(new MemoryStateStore())
    {
    }

    public MemoryLog(MemoryStateStore state)
        : this([], [1], state)
    {
    }

    private MemoryLog(List<byte[]> durable, List<long> generations, MemoryStateStore state)
    {
        _durable = durable;
        _generations = generations;
        Store = state;
        Store.FindEvent = position => position < EndPosition ? Restore(position) : null;
    }

    public MemoryStateStore Store { get; }

    public string Id => "memory";

    public IReadOnlyList<ILogPartition> Partitions => [Current];

    public LogCondition Condition => LogCondition.Ready;

    /// <summary>The partition in its generation of now.</summary>
    public MemoryLog Current => _next?.Current ?? this;

    public IAuditStore Audit { get; } = new MemoryAudit();

    public bool HoldParking { get; set; }

    public long MostHeld { get; set; } = long.MaxValue;

    public Exception? ReadFailure { get; set; }

    /// <summary>Thrown when one event is asked for, while set.</summary>
    public Exception? GetFailure { get; set; }

    /// <summary>Runs when it was.</summary>
    public Action? GetFailed { get; set; }

    /// <summary>Asked for, and lost.</summary>
    public HashSet<long> Lost { get; } = [];

    public int Number { get; init; }

    public long Generation => _generations.Count - 1;

    public long GenerationStart => _generations[^1];

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

    public Task<ILogPartition> Successor => _successor.Task;

    public IStateStore State => Store;

    /// <summary>What a new process would find.</summary>
    public MemoryLog Crash()
    {
        lock (_lock)
        {
            _listener = null;
            return new MemoryLog([.. _durable], [.. _generations], Store.Crash());
        }
    }

    public long GenerationOf(long position) => _generations.FindLastIndex(start => start <= position);

    /// <summary>The storage is restarted or restored: what it holds now is a backup, of the events below the position and of that state.</summary>
    public void Move(long end, MemoryStateStore state)
    {
        lock (_lock)
        {
            var moved = new GenerationMovedException(Number, Generation);
            _next = new MemoryLog(_durable[..((int)end - 1)], [.. _generations.Where(start => start < end), .. Missing(end), end], state) { Number = Number };
            (_listener, ReadFailure, GetFailure, Store.Unavailable) = (null, moved, moved, moved);
        }

        _successor.SetResult(_next);
    }

    // Generations whose positions are all lost keep their numbers: none is given twice.
    private IEnumerable<long> Missing(long end) => _generations.Where(start => start >= end).Select(_ => end);

    public static Event NewEvent(string? key, string body = "{}", string source = "app", IReadOnlyList<string>? destinations = null, IReadOnlyList<string>? excluded = null) =>
        Event.Create(
            new EventDraft
            {
                Source = source,
                Key = key is null ? default : System.Text.Encoding.UTF8.GetBytes(key),
                ReceivedAt = DateTimeOffset.UnixEpoch,
                RequestedDestinations = destinations,
                ExcludedDestinations = excluded,
            },
            new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(body)));

    public ValueTask AppendAsync(Event @event) => AppendAsync([@event]);

    public ValueTask AppendAsync(IReadOnlyList<Event> events)
    {
        lock (_lock)
        {
            if (_next is not null)
            {
                return _next.AppendAsync(events);
            }

            if (_closed)
            {
                throw new LogUnavailableException("The log is closed.", TimeSpan.FromSeconds(5));
            }

            var first = EndPosition;
            var stored = new List<Event>(events.Count);
            foreach (var @event in events)
            {
                if (FindFirst(@event) is { } earlier)
                {
                    @event.RepeatOf(Id, earlier.Place, earlier.RepeatKey!.Value.Body == @event.RepeatKey!.Value.Body);
                    continue;
                }

                stored.Add(@event);
                @event.PlaceAt(Id, new LogPosition(Number, Generation, EndPosition));
                _durable.Add(@event.Bytes.ToArray());
            }

            if (stored.Count > 0)
            {
                _listener?.Invoke(new CommittedBatch(first, stored));
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>What its events are said to weigh.</summary>
    public long UsedBytes { get; set; }

    public LogUsage GetUsage() => new(UsedBytes, 0, 1 << 30, null);

    public void Listen(Action<CommittedBatch> listener)
    {
        lock (_lock)
        {
            _listener = _listener is null ? listener : throw new InvalidOperationException("Someone listens already.");
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

    public async ValueTask<EventsBack> ReadBackAsync(long before, int maxBytes, CancellationToken cancellationToken)
    {
        before = Math.Min(before, EndPosition);
        var events = new List<Event>();
        var bytes = 0;
        for (; before > FirstPosition && (bytes < maxBytes || events.Count == 0); before--)
        {
            events.AddRange(await ReadAsync(before - 1, before, 1, cancellationToken));
            bytes += events[^1].Weight;
        }

        return new EventsBack(events, before);
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
                : ValueTask.FromResult(position > 0 && position < EndPosition && !Lost.Contains(position) ? Restore(position) : null);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _closed = true;
        }

        return ValueTask.CompletedTask;
    }

    // The newest of the same id whose window is not over.
    private Event? FindFirst(Event @event) => @event.RepeatKey is not { } key ? null
        : Enumerable.Range(1, _durable.Count).Reverse().Select(position => Restore(position))
            .FirstOrDefault(earlier => earlier.RepeatKey is { } known && known.Id == key.Id && @event.ReceivedAt < known.Until);

    private Event Restore(long position) => Event.Restore(_durable[(int)position - 1].ToArray(), Id, new LogPosition(Number, GenerationOf(position), position));
}
