using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Dead letters, rejected ingest and ranges given up, of all partitions together.</summary>
internal sealed class DeadLetters(IEventLog log, Func<string, LiveDestination?> find, OwnerCalls owners, SemaphoreSlim changing, TimeProvider time) : IDeadLetters
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    public async Task<DeadLetterPage> ListAsync(
        string? destination, EventSelection filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var before = DeadLetterCursor.Parse(cursor, log.Partitions.Count);
        var found = new Queue<StoredDeadLetter>[log.Partitions.Count];
        for (var i = 0; i < found.Length; i++)
        {
            var partition = log.Partitions[i];
            found[i] = new Queue<StoredDeadLetter>(filter.For(log, partition) is { } matching
                ? await partition.State.ReadDeadLettersAsync(
                    new DeadLetterQuery(destination, matching, before[i], null, limit + 1), cancellationToken).ConfigureAwait(false)
                : []);
        }

        var letters = new List<ListedDeadLetter>();
        while (letters.Count < limit && Newest(found, stored => stored.Letter.At) is { } newest)
        {
            var (number, name, letter) = found[newest].Dequeue();
            before[newest] = number;
            letters.Add(new ListedDeadLetter(EventSelections.IdOf(log, log.Partitions[newest], letter.Position), name, letter));
        }

        return new DeadLetterPage(letters, found.Any(rest => rest.Count > 0) ? DeadLetterCursor.Format(before) : null);
    }

    public async Task<long> CountAsync(string? destination, EventSelection filter, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var partition in log.Partitions)
        {
            if (filter.For(log, partition) is { } matching)
            {
                count += await partition.State.CountDeadLettersAsync(destination, matching, cancellationToken).ConfigureAwait(false);
            }
        }

        return count;
    }

    public async Task<long> DeleteAsync(string? destination, EventSelection filter, CancellationToken cancellationToken)
    {
        // What dies while they are deleted stays, or the work might never end.
        var end = time.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        var until = filter.Until is { } asked && asked < end ? asked : end;
        var deleted = 0L;
        foreach (var partition in log.Partitions)
        {
            if ((filter with { Until = until }).For(log, partition) is not { } matching)
            {
                continue;
            }

            var names = destination is not null ? [destination] : await FindNamesAsync(partition, matching, cancellationToken).ConfigureAwait(false);
            foreach (var name in names)
            {
                deleted += await DeleteOwnAsync(partition.Number, name, matching, cancellationToken).ConfigureAwait(false)
                    ?? await AskForTheRestAsync(partition.Number, name, matching, cancellationToken).ConfigureAwait(false);
            }
        }

        return deleted;
    }

    public async Task<IReadOnlyList<SkippedRange>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken)
    {
        var ranges = new List<SkippedRange>();
        foreach (var partition in log.Partitions)
        {
            var found = await partition.State.ReadGivenUpAsync(destination, limit, cancellationToken).ConfigureAwait(false);
            ranges.AddRange(found.Select(range => new SkippedRange(SkippedId.Format(partition.Number, range.Number), range)));
        }

        return [.. ranges.OrderByDescending(range => range.Range.At).ThenByDescending(range => range.Range.Number).Take(limit)];
    }

    public async Task<RejectedPage> ListRejectedAsync(string? source, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var before = DeadLetterCursor.Parse(cursor, log.Partitions.Count);
        var found = new Queue<RejectedIngest>[log.Partitions.Count];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = new Queue<RejectedIngest>(
                await log.Partitions[i].State.ReadRejectedAsync(source, before[i], limit + 1, cancellationToken).ConfigureAwait(false));
        }

        var rejected = new List<RejectedIngest>();
        while (rejected.Count < limit && Newest(found, item => item.At) is { } newest)
        {
            rejected.Add(found[newest].Dequeue());
            before[newest] = rejected[^1].Number;
        }

        return new RejectedPage(rejected, found.Any(rest => rest.Count > 0) ? DeadLetterCursor.Format(before) : null);
    }

    // Read, not counted by the store: it keeps few, and nobody asks often.
    public async Task<long> CountRejectedAsync(string? source, CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var partition in log.Partitions)
        {
            for (long? before = null; ;)
            {
                var page = await partition.State.ReadRejectedAsync(source, before, DispatcherLimits.CurationStep, cancellationToken).ConfigureAwait(false);
                count += page.Count;
                if (page.Count == 0)
                {
                    break;
                }

                before = page[^1].Number;
            }
        }

        return count;
    }

    public async Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        foreach (var partition in log.Partitions)
        {
            deleted += await partition.State.DeleteRejectedAsync(source, cancellationToken).ConfigureAwait(false);
        }

        return deleted;
    }

    // Within a partition by number, whatever the clock did; between partitions by time.
    private static int? Newest<T>(Queue<T>[] found, Func<T, DateTimeOffset> at)
    {
        int? newest = null;
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i].TryPeek(out var head) && (newest is not { } best || at(head) > at(found[best].Peek())))
            {
                newest = i;
            }
        }

        return newest;
    }

    private static async Task<IReadOnlyList<string>> FindNamesAsync(ILogPartition partition, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (long? before = null; ;)
        {
            var page = await partition.State.ReadDeadLettersAsync(
                new DeadLetterQuery(null, filter, before, null, DispatcherLimits.CurationStep), cancellationToken).ConfigureAwait(false);
            names.UnionWith(page.Select(stored => stored.Destination));
            if (page.Count < DispatcherLimits.CurationStep)
            {
                return [.. names];
            }

            before = page[^1].Number;
        }
    }

    /// <summary>Deletes what matches in one partition; how many. Null: this process does not own it, or no longer.</summary>
    public async Task<long?> DeleteOwnAsync(int number, string name, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        for (long? next = 0; next is { } from;)
        {
            var partition = log.Partitions[number];
            var live = find(name);
            var dispatcher = live?.DispatcherOf(number);
            if (!partition.Lease.IsHeld)
            {
                // What is deleted already its next owner will not find; the count is that of both.
                return deleted > 0 ? deleted + await AskForTheRestAsync(number, name, filter, cancellationToken).ConfigureAwait(false) : null;
            }

            if (live is not null && dispatcher is null)
            {
                // It is about to begin there, or ends.
                await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            (var count, next) = dispatcher is not null
                ? await DeleteLiveAsync(dispatcher, partition, name, filter, from, cancellationToken).ConfigureAwait(false)
                : await DeleteStoredAsync(partition, name, filter, from, cancellationToken).ConfigureAwait(false);
            deleted += count;
        }

        return deleted;
    }

    private async Task<long> AskForTheRestAsync(int number, string name, DeadLetterFilter filter, CancellationToken cancellationToken) =>
        (await owners.AskAsync(number, new OwnerRequest { Kind = OwnerRequest.DeleteLetters, Destination = name, Filter = filter }, cancellationToken).ConfigureAwait(false)).Count;

    private async Task<(int Count, long? Next)> DeleteLiveAsync(
        Dispatcher dispatcher, ILogPartition partition, string name, DeadLetterFilter filter, long from, CancellationToken cancellationToken)
    {
        await dispatcher.Curation.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (letters, next) = await ReadAsync(partition, name, filter, from, cancellationToken).ConfigureAwait(false);
            var items = await LetterItems.OfAsync(partition.State, name, letters, cancellationToken).ConfigureAwait(false);

            // A dispatcher that is being stopped takes nothing: the next look finds its successor, or none.
            if (letters.Count == 0 || await dispatcher.Curation.DeleteAsync(items).ConfigureAwait(false))
            {
                return (letters.Count, letters.Count == 0 ? null : next);
            }

            await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
            return (0, from);
        }
        finally
        {
            dispatcher.Curation.Gate.Release();
        }
    }

    // No reload may bring the destination back meanwhile: its dispatcher would count what is no more.
    private async Task<(int Count, long? Next)> DeleteStoredAsync(
        ILogPartition partition, string name, DeadLetterFilter filter, long from, CancellationToken cancellationToken)
    {
        await changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (find(name) is not null)
            {
                return (0, from);
            }

            var (letters, next) = await ReadAsync(partition, name, filter, from, cancellationToken).ConfigureAwait(false);

            await partition.State.DeleteDeadLettersAsync(name, [.. letters.Select(letter => letter.Position)], cancellationToken).ConfigureAwait(false);
            return (letters.Count, next);
        }
        finally
        {
            changing.Release();
        }
    }

    private static async Task<(IReadOnlyList<DeadLetter> Letters, long? Next)> ReadAsync(
        ILogPartition partition, string name, DeadLetterFilter filter, long from, CancellationToken cancellationToken)
    {
        var page = await partition.State.ReadDeadLettersAsync(
            new DeadLetterQuery(name, filter, null, from, DispatcherLimits.CurationStep), cancellationToken).ConfigureAwait(false);
        return ([.. page.Select(stored => stored.Letter)], page.Count < DispatcherLimits.CurationStep ? null : page[^1].Letter.Position + 1);
    }
}
