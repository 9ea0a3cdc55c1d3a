using Postrider.Events;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>What <c>append.lua</c> is asked, and what it answers.</summary>
internal sealed class AppendAnswer
{
    private const int FixedArguments = 4;
    private const int ArgumentsOfPart = 4;
    private const int KeysOfPart = 4;
    private const int RepeatKeyLength = 32;

    private readonly RedisResult[] _parts;
    private readonly string _kind;

    private AppendAnswer(RedisResult[] parts)
    {
        _parts = parts;
        _kind = (string)parts[0]!;
    }

    public bool IsLate => _kind == "late";

    /// <summary>The index of a part whose partition is in another generation; nothing was stored then. Null: all are as known.</summary>
    public int? Moved => _kind == "moved" ? (int)_parts[1] - 1 : null;

    /// <summary>Redis time, in milliseconds since 1970.</summary>
    public long Now => (long)_parts[1];

    public static RedisKey[] Keys(IReadOnlyList<AppendPart> parts)
    {
        var keys = new RedisKey[KeysOfPart * parts.Count];
        for (var i = 0; i < parts.Count; i++)
        {
            var own = parts[i].Host.Keys;
            (keys[KeysOfPart * i], keys[(KeysOfPart * i) + 1]) = (own.Meta, own.Log);
            (keys[(KeysOfPart * i) + 2], keys[(KeysOfPart * i) + 3]) = (own.Repeats, own.RepeatEnds);
        }

        return keys;
    }

    /// <summary>The script's arguments. The events' bytes are not copied.</summary>
    public static RedisValue[] Ask(long deadline, RedisValue nudges, RedisValue member, long repeatRoom, IReadOnlyList<AppendPart> parts)
    {
        var values = new RedisValue[FixedArguments + parts.Sum(static part => ArgumentsOfPart + part.Events.Count + (2 * part.Repeats))];
        (values[0], values[1], values[2], values[3]) = (deadline, nudges, member, repeatRoom);
        var at = FixedArguments;
        foreach (var part in parts)
        {
            (values[at], values[at + 1]) = (part.Partition.Generation, part.Host.Number);
            (values[at + 2], values[at + 3]) = (part.Events.Count, part.Repeats);
            at = Put(part.Events, values, at + ArgumentsOfPart);
        }

        return values;
    }

    public static AppendAnswer Read(RedisResult answer) => new((RedisResult[])answer!);

    /// <summary>Gives every event of a part its place.</summary>
    /// <param name="index">Which part.</param>
    /// <param name="part">The same.</param>
    /// <param name="first">The first position that was given.</param>
    /// <returns>Those that were stored, in order: all but the repeats.</returns>
    public IReadOnlyList<Event> Place(int index, AppendPart part, out long first)
    {
        var answer = (RedisResult[])_parts[2 + index]!;
        first = (long)answer[0];
        var next = first;
        var (logId, number, generation) = (part.Host.LogId, part.Host.Number, part.Partition.Generation);
        if (answer.Length == 2)
        {
            foreach (var @event in part.Events)
            {
                @event.PlaceAt(logId, new LogPosition(number, generation, next++));
            }

            return part.Events;
        }

        var stored = new List<Event>((int)answer[1]);
        var at = 2;
        for (var i = 0; i < part.Events.Count; i++)
        {
            var @event = part.Events[i];
            if (at < answer.Length && (int)answer[at] == i + 1)
            {
                @event.RepeatOf(logId, Generations.Place(number, (string)answer[at + 1]!), (int)answer[at + 2] == 1);
                at += 3;
            }
            else
            {
                @event.PlaceAt(logId, new LogPosition(number, generation, next++));
                stored.Add(@event);
            }
        }

        return stored;
    }

    private static int Put(List<Event> events, RedisValue[] values, int at)
    {
        var repeat = at + events.Count;
        for (var i = 0; i < events.Count; i++)
        {
            var bytes = events[i].Memory;
            values[at + i] = bytes;
            if (events[i].RepeatKey is not null)
            {
                // Right before the body, as the envelope's format says, and in the order that the script expects.
                values[repeat++] = i + 1;
                values[repeat++] = bytes.Slice(bytes.Length - events[i].Body.Length - RepeatKeyLength, RepeatKeyLength);
            }
        }

        return repeat;
    }
}
