using System.Globalization;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>Searches dead letters, a window at a time: each is one short script, so that no search keeps Redis from its other work.</summary>
internal sealed class LetterScan(StateCalls calls)
{
    private const int Window = 1000;
    private const int OnlyCount = -1;

    /// <summary>The newest first, or in the order of positions.</summary>
    public async Task<IReadOnlyList<StoredDeadLetter>> ReadAsync(DeadLetterQuery query, CancellationToken cancellationToken)
    {
        if (query is { FromPosition: not null, Destination: null })
        {
            throw new ArgumentException("The order of positions needs a destination.", nameof(query));
        }

        if (query.Filter.Position is { } position)
        {
            var letters = await ReadAtAsync(query.Destination, position, query.Filter, cancellationToken).ConfigureAwait(false);
            return [.. letters.Where(letter => !(letter.Number >= query.Before) && !(letter.Letter.Position < query.FromPosition))
                .OrderByDescending(letter => letter.Number).Take(query.Limit)];
        }

        var (order, start) = (query.Destination, query.FromPosition) switch
        {
            (_, { } from) => ("position", Bytes(from)),
            (null, _) => ("all", query.Before is { } before ? (RedisValue)before : "+inf"),
            _ => ("number", query.Before is { } before ? Bytes(before) : RedisValue.EmptyString),
        };
        var found = new List<StoredDeadLetter>();
        for (RedisValue? at = start; at is { } from && found.Count < query.Limit;)
        {
            var left = query.Limit - found.Count;
            var window = query.Filter == DeadLetterFilter.All ? Math.Min(Window, left) : Window;
            (_, at, var letters) = await ScanAsync(order, query.Destination ?? "", from, window, left, query.Filter, cancellationToken).ConfigureAwait(false);
            found.AddRange(letters);
        }

        return found;
    }

    public async Task<long> CountAsync(string? destination, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Position is { } position)
        {
            return (await ReadAtAsync(destination, position, filter, cancellationToken).ConfigureAwait(false)).Count;
        }

        var order = destination is null ? "all" : "number";
        long count = 0;
        for (RedisValue? at = destination is null ? "+inf" : RedisValue.EmptyString; at is { } from;)
        {
            (var counted, at, _) = await ScanAsync(order, destination ?? "", from, Window, OnlyCount, filter, cancellationToken).ConfigureAwait(false);
            count += counted;
        }

        return count;
    }

    private async Task<List<StoredDeadLetter>> ReadAtAsync(string? destination, long position, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var names = destination is not null ? [destination] : DestinationCodec.ReadNames(
            (RedisResult[])(await calls.ReadAsync("HGETALL", StateKeys.Destinations, [], cancellationToken).ConfigureAwait(false))!);
        var found = new List<StoredDeadLetter>();
        foreach (var name in names)
        {
            var (_, _, letters) = await ScanAsync("position", name, Bytes(position), 1, 1, filter, cancellationToken).ConfigureAwait(false);
            found.AddRange(letters);
        }

        return found;
    }

    private async Task<(long Count, RedisValue? Next, List<StoredDeadLetter> Letters)> ScanAsync(
        string order, string destination, RedisValue start, int window, int limit, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            calls.Generation, order, destination, start, window, limit,
            Exactly(filter.Class), Exactly(filter.Key), Exactly(filter.Type), Bound(filter.Since), Bound(filter.Until),
            filter.Position is { } position ? Bytes(position) : RedisValue.EmptyString,
        ];
        var answer = await calls.CallAsync(StateScripts.Letters, arguments, cancellationToken).ConfigureAwait(false);
        var letters = answer.Skip(3).Chunk(2).Select(pair => LetterCodec.Read((byte[])pair[0]!, (byte[])pair[1]!)).ToList();
        return ((long)answer[1], Next(order, (byte[]?)answer[2]), letters);
    }

    // Positions are searched from the start on, numbers from below it.
    private static RedisValue? Next(string order, byte[]? last) => (last, order) switch
    {
        (null, _) => null,
        (_, "all") => StateSteps.Text(last),
        (_, "position") => Bytes(new StateReader(last).Number() + 1),
        _ => last,
    };

    private static RedisValue Exactly(string? text) => text is null ? RedisValue.EmptyString : "=" + text;

    private static RedisValue Bound(DateTimeOffset? time) =>
        time is { } at ? StateTime.Bound(at).ToString(CultureInfo.InvariantCulture) : RedisValue.EmptyString;

    private static RedisValue Bytes(long number) => StateSteps.Bytes(Math.Max(0, number));
}
