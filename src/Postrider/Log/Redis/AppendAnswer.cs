using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>What <c>append.lua</c> is asked, and what it answers.</summary>
internal sealed class AppendAnswer
{
    private const int FixedArguments = 6;
    private const int RepeatKeyLength = 32;

    private readonly RedisResult[] _parts;
    private readonly string _kind;

    private AppendAnswer(RedisResult[] parts, int replicas)
    {
        _parts = parts;
        _kind = (string)parts[0]!;
        Replicas = replicas;
    }

    public bool HasMoved => _kind == "moved";

    public bool IsLate => _kind == "late";

    /// <summary>Redis time, in milliseconds since 1970.</summary>
    public long Now => (long)_parts[1];

    /// <summary>The first position that was given.</summary>
    public long First => (long)_parts[2];

    /// <summary>How many replicas have what was stored.</summary>
    public int Replicas { get; }

    /// <summary>The script's arguments. The events' bytes are not copied.</summary>
    public static RedisValue[] Ask(long generation, long deadline, RedisValue nudges, RedisValue member, int partition, List<Event> events)
    {
        var repeats = 0;
        foreach (var @event in events)
        {
            repeats += @event.RepeatKey is null ? 0 : 1;
        }

        var values = new RedisValue[FixedArguments + events.Count + (2 * repeats)];
        (values[0], values[1], values[2], values[3], values[4], values[5]) = (generation, deadline, nudges, member, partition, events.Count);
        var at = FixedArguments + events.Count;
        for (var i = 0; i < events.Count; i++)
        {
            var bytes = events[i].Memory;
            values[FixedArguments + i] = bytes;
            if (events[i].RepeatKey is not null)
            {
                // Right before the body, as the envelope's format says, and in the order that the script expects.
                values[at++] = i + 1;
                values[at++] = bytes.Slice(bytes.Length - events[i].Body.Length - RepeatKeyLength, RepeatKeyLength);
            }
        }

        return values;
    }

    public static AppendAnswer Read(RedisResult answer, int replicas) => new((RedisResult[])answer!, replicas);

    /// <summary>Gives every event its place, and returns those that were stored, in order: all but the repeats.</summary>
    public IReadOnlyList<Event> Place(List<Event> events, string logId, int partition, long generation)
    {
        var next = First;
        if (_parts.Length == 4)
        {
            foreach (var @event in events)
            {
                @event.PlaceAt(logId, new LogPosition(partition, generation, next++));
            }

            return events;
        }

        var stored = new List<Event>((int)_parts[3]);
        var at = 4;
        for (var i = 0; i < events.Count; i++)
        {
            if (at < _parts.Length && (int)_parts[at] == i + 1)
            {
                events[i].RepeatOf(logId, Generations.Place(partition, (string)_parts[at + 1]!), (int)_parts[at + 2] == 1);
                at += 3;
            }
            else
            {
                events[i].PlaceAt(logId, new LogPosition(partition, generation, next++));
                stored.Add(events[i]);
            }
        }

        return stored;
    }
}
