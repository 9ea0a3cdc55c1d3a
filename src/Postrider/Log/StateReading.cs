using System.Runtime.CompilerServices;

namespace Postrider.Log;

/// <summary>Reads the whole of a partition's state, in pages, while nobody delivers from it.</summary>
internal static class StateReading
{
    private const int PageSize = 500;

    /// <summary>The destination's parked lanes, one after the other, each with its due time and its events in their order, in pages.</summary>
    public static async IAsyncEnumerable<(DateTimeOffset? Due, IReadOnlyList<ParkedEvent> Events)> ReadLanesAsync(
        IStateStore state, string destination, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var due = (await state.ReadDueAsync(destination, int.MaxValue, cancellationToken).ConfigureAwait(false)).ToDictionary(lane => lane.Lane, lane => lane.Due);
        foreach (var lane in await state.CountLanesAsync(destination, cancellationToken).ConfigureAwait(false))
        {
            DateTimeOffset? at = due.TryGetValue(lane.Lane, out var found) ? found : null;
            for (var after = ParkedPlace.Start; ;)
            {
                var page = await state.ReadLaneAsync(destination, lane.Lane, after, PageSize, cancellationToken).ConfigureAwait(false);
                if (page.Count == 0)
                {
                    break;
                }

                yield return (at, page);
                after = page[^1].Place;
            }
        }
    }

    /// <summary>All dead letters, the forgotten destinations' too, oldest first, in pages.</summary>
    public static IAsyncEnumerable<IReadOnlyList<StoredDeadLetter>> ReadLettersAsync(IStateStore state, CancellationToken cancellationToken) => OldestFirstAsync(
        before => state.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, before, null, PageSize), cancellationToken),
        letter => letter.Number);

    /// <summary>All that the gateway could not use, oldest first, in pages.</summary>
    public static IAsyncEnumerable<IReadOnlyList<RejectedIngest>> ReadRejectedAsync(IStateStore state, CancellationToken cancellationToken) => OldestFirstAsync(
        before => state.ReadRejectedAsync(null, before, PageSize, cancellationToken), rejected => rejected.Number);

    // Stores tell the newest first. Only where the pages begin is kept in memory.
    private static async IAsyncEnumerable<IReadOnlyList<T>> OldestFirstAsync<T>(Func<long?, Task<IReadOnlyList<T>>> read, Func<T, long> number)
    {
        var begins = new Stack<long?>();
        for (long? before = null; ;)
        {
            var page = await read(before).ConfigureAwait(false);
            if (page.Count == 0)
            {
                break;
            }

            begins.Push(before);
            before = number(page[^1]);
        }

        while (begins.TryPop(out var begin))
        {
            yield return [.. (await read(begin).ConfigureAwait(false)).Reverse()];
        }
    }
}
