using Postrider.Events;

namespace Postrider.Log.Redis;

/// <summary>One partition in one generation, under one ownership.</summary>
internal sealed class RedisPartition : ILogPartition, IDisposable
{
    private const int CatchUpBytes = 1 << 20;

    // What a parked event or dead letter takes beside its body: its rows, and their places in hashes and sorted sets.
    private const int HeldOverhead = 600;

    private readonly TaskCompletionSource<ILogPartition> _successor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _catchingUp = new(1, 1);
    private readonly PartitionMeta _meta;
    private readonly EntryReader _reader;
    private readonly RedisHealth _health;
    private readonly MemoryGuard _memory;
    private readonly Func<Task<RedisPartition>> _look;
    private long _first;

    public RedisPartition(
        int number, PartitionMeta meta, StreamTail tail, EntryReader reader, Func<Func<long, CancellationToken, ValueTask<Event?>>, IStateStore> state,
        RedisHealth health, MemoryGuard memory, Func<Task<RedisPartition>> look)
    {
        (Number, Tail, _meta, _reader, _health, _memory, _look, _first) = (number, tail, meta, reader, health, memory, look, meta.Truncated);
        State = state(GetAsync);
    }

    public int Number { get; }

    public long Generation => _meta.Generation;

    public long GenerationStart => _meta.Generations.StartOfLast;

    public long FirstPosition => Volatile.Read(ref _first);

    public long EndPosition => Tail.End;

    public Task<ILogPartition> Successor => _successor.Task;

    public IStateStore State { get; }

    public required IPartitionLease Lease { get; init; }

    public long MostHeld => Math.Max(1, _memory.HeldBytesOfPartition / (AverageBytes + HeldOverhead));

    public StreamTail Tail { get; }

    public Generations Generations => _meta.Generations;

    public long AverageBytes => _reader.AverageBytes;

    public long GenerationOf(long position) => _meta.Generations.Of(position);

    public void Listen(Action<CommittedBatch> listener) => Tail.Listen(listener);

    public async ValueTask<IReadOnlyList<Event>> ReadAsync(long from, long before, int maxBytes, CancellationToken cancellationToken)
    {
        ThrowIfMoved();
        before = Math.Min(before, EndPosition);
        if (from >= before)
        {
            return [];
        }

        if (from < FirstPosition)
        {
            throw Gone(from);
        }

        return await ReadHeldAsync(from, before, maxBytes, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<EventsBack> ReadBackAsync(long before, int maxBytes, CancellationToken cancellationToken)
    {
        ThrowIfMoved();
        var first = FirstPosition;
        before = Math.Min(before, EndPosition);
        if (before <= first)
        {
            return new EventsBack([], before);
        }

        try
        {
            return await _reader.ReadBackAsync(_meta.Generations, first, before, maxBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }
    }

    public async ValueTask<Event?> GetAsync(long position, CancellationToken cancellationToken)
    {
        ThrowIfMoved();
        if (position < 1 || position >= Tail.Stored)
        {
            return null;
        }

        try
        {
            return await _reader.FindAsync(_meta.Generations, position, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(position, e);
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }
    }

    /// <summary>Reads and makes known what is stored beyond the end that is known.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await _catchingUp.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (Tail.IsBehind)
            {
                ThrowIfMoved();
                var (from, before) = (Tail.End, Tail.Stored);
                if (from >= before)
                {
                    return;
                }

                var events = await ReadHeldAsync(from, before, CatchUpBytes, cancellationToken).ConfigureAwait(false);
                Tail.Offer(from, events);
            }
        }
        finally
        {
            _catchingUp.Release();
        }
    }

    /// <summary>Trimmed up to here.</summary>
    public void Truncated(long first)
    {
        if (first > FirstPosition)
        {
            Volatile.Write(ref _first, first);
        }
    }

    /// <summary>Told of what was appended.</summary>
    public void Sized(long bytes, int events, long largest) => _reader.Sized(bytes, events, largest);

    /// <summary>The partition goes on as another object.</summary>
    public void MoveTo(RedisPartition successor) => _successor.TrySetResult(successor);

    public void Dispose() => _catchingUp.Dispose();

    private void ThrowIfMoved()
    {
        if (_successor.Task.IsCompleted)
        {
            throw new GenerationMovedException(Number, _meta.Generation);
        }
    }

    private async Task<IReadOnlyList<Event>> ReadHeldAsync(long from, long before, int maxBytes, CancellationToken cancellationToken)
    {
        InvalidDataException? unreadable = null;
        try
        {
            if (await _reader.ReadAsync(_meta.Generations, from, before, maxBytes, cancellationToken).ConfigureAwait(false) is { Count: > 0 } events)
            {
                return events;
            }

            // Nothing where something was promised: Redis may be another one than it was.
            await _look().ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            unreadable = e;
        }
        catch (NewerEnvelopeException e)
        {
            _health.Damage(e.Message);
            throw;
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw RedisErrors.Unavailable(e);
        }

        ThrowIfMoved();
        throw from < FirstPosition ? Gone(from) : Damaged(from, unreadable);
    }

    private LogCorruptException Gone(long position) => new(PlaceOf(position), $"Position {position} is no longer held: the log begins at {FirstPosition}.");

    private LogCorruptException Damaged(long position, Exception? cause)
    {
        var message = $"Partition {Number}: the stream entry {_meta.Generations.IdOf(position)} is {(cause is null ? "missing" : "no event")}. "
            + "Something other than Postrider wrote to its keys.";
        _health.Damage(message);
        return new LogCorruptException(PlaceOf(position), message, cause);
    }

    private LogPosition PlaceOf(long position) => new(Number, _meta.Generations.Of(position), position);
}
