using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Reads events out of a partition's stream.</summary>
internal sealed class EntryReader(RedisConnection connection, PartitionKeys keys, int partition, string logId)
{
    // What a record costs beside its bytes; the figure that bounds a read.
    private const int RecordOverhead = 24;

    // At most so much comes in one answer, whatever the sizes of the events.
    private const long MaxAnswerBytes = 64L << 20;
    private const int MaxAnswerEvents = 2000;

    private long _average = 1000;
    private long _largest = 1000;

    /// <summary>About how many bytes an event of this partition has.</summary>
    public long AverageBytes => Volatile.Read(ref _average);

    /// <summary>Told of every event's size, so that an answer can be bounded before it is asked for.</summary>
    public void Sized(long bytes, int events, long largest)
    {
        if (events > 0)
        {
            Volatile.Write(ref _average, Math.Max(1, (AverageBytes * 7 / 8) + (bytes / events / 8)));
        }

        if (largest > Volatile.Read(ref _largest))
        {
            Volatile.Write(ref _largest, largest);
        }
    }

    /// <summary>Events with consecutive positions from the given one on; none, or fewer than there should be, where the next is gone or damaged.</summary>
    /// <exception cref="NewerEnvelopeException">The first one is of a newer version.</exception>
    /// <exception cref="InvalidDataException">The first one is no event.</exception>
    public async Task<IReadOnlyList<Event>> ReadAsync(Generations generations, long from, long before, int maxBytes, CancellationToken cancellationToken)
    {
        var events = new List<Event>();
        long weight = 0;
        while (from < before && (events.Count == 0 || weight < maxBytes))
        {
            var count = Count(maxBytes - weight, before - from);
            var entries = await connection.Database
                .StreamRangeAsync(keys.Log, generations.IdOf(from), generations.IdOf(before - 1), count, flags: CommandFlags.DemandMaster)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            var start = from;
            foreach (var entry in entries)
            {
                if (events.Count > 0 && weight >= maxBytes)
                {
                    return events;
                }

                if (!TryRestore(entry, from, events))
                {
                    return events;
                }

                weight += RecordOverhead + events[^1].Memory.Length;
                from++;
            }

            if (from == start)
            {
                return events;
            }
        }

        return events;
    }

    /// <summary>Events of a range of positions, newest first; those that are no longer there, or cannot be read, are left out.</summary>
    /// <param name="generations">The partition's.</param>
    /// <param name="first">Not below it.</param>
    /// <param name="before">Below it, and about so far as <paramref name="maxBytes"/> reach: positions are dense, so a range of them needs no other command.</param>
    /// <param name="maxBytes">About so many.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async Task<EventsBack> ReadBackAsync(Generations generations, long first, long before, int maxBytes, CancellationToken cancellationToken)
    {
        var from = Math.Max(first, before - Count(maxBytes, before - first));
        var entries = await connection.Database
            .StreamRangeAsync(keys.Log, generations.IdOf(from), generations.IdOf(before - 1), (int)(before - from), flags: CommandFlags.DemandMaster)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        var events = new List<Event>(entries.Length);
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            try
            {
                events.Add(Restore(entries[i].Values, Generations.Place(partition, (string)entries[i].Id!)));
            }
            catch (Exception e) when (e is InvalidDataException or NewerEnvelopeException)
            {
                // Whoever must not miss it meets it going forward.
            }
        }

        return new EventsBack(events, from);
    }

    /// <summary>One event, in the stream or among the bodies kept; null where neither has it.</summary>
    /// <exception cref="InvalidDataException">It is no event.</exception>
    public async Task<Event?> FindAsync(Generations generations, long position, CancellationToken cancellationToken)
    {
        RedisValue id = generations.IdOf(position);
        var entries = await connection.Database.StreamRangeAsync(keys.Log, id, id, 1, flags: CommandFlags.DemandMaster)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        if (entries.Length > 0)
        {
            return Restore(entries[0].Values, Generations.Place(partition, (string)id!));
        }

        var body = await connection.Database.HashGetAsync(keys.Bodies, position, CommandFlags.DemandMaster).WaitAsync(cancellationToken).ConfigureAwait(false);
        return (byte[]?)body is { } bytes ? Event.Restore(bytes, logId, Generations.Place(partition, (string)id!)) : null;
    }

    private int Count(long bytes, long events)
    {
        var byAverage = (Math.Max(bytes, 1) / (AverageBytes + RecordOverhead)) + 1;
        var byLargest = Math.Max(1, MaxAnswerBytes / Volatile.Read(ref _largest));
        return (int)Math.Min(Math.Min(byAverage, byLargest), Math.Min(events, MaxAnswerEvents));
    }

    // False: another position stands there, or one that cannot be read behind some that can; who asks for it meets it.
    private bool TryRestore(StreamEntry entry, long expected, List<Event> events)
    {
        var place = Generations.Place(partition, (string)entry.Id!);
        if (place.Position != expected)
        {
            return false;
        }

        try
        {
            events.Add(Restore(entry.Values, place));
            return true;
        }
        catch (Exception e) when (events.Count > 0 && e is InvalidDataException or NewerEnvelopeException)
        {
            return false;
        }
    }

    private Event Restore(NameValueEntry[] fields, LogPosition place)
    {
        if (fields is not [var field] || field.Name != "d" || (byte[]?)field.Value is not { } bytes)
        {
            throw new InvalidDataException("The entry holds no event.");
        }

        Sized(bytes.Length, 1, bytes.Length);
        return Event.Restore(bytes, logId, place);
    }
}
