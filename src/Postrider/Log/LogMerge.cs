using System.Runtime.CompilerServices;
using Postrider.Events;

namespace Postrider.Log;

/// <summary>
/// Reads a whole log: of each partition in order, and of all of them about in the order of receipt, so that what a destination has not
/// settled lies together again in a log with fewer partitions.
/// </summary>
internal static class LogMerge
{
    private const int ReadBytes = 1 << 20;

    public static async IAsyncEnumerable<Event> ReadAsync(IEventLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var heads = new PriorityQueue<IAsyncEnumerator<Event>, (DateTimeOffset ReceivedAt, int Partition)>();
        try
        {
            foreach (var partition in log.Partitions)
            {
                await EnqueueAsync(heads, ReadAsync(partition, cancellationToken).GetAsyncEnumerator(cancellationToken)).ConfigureAwait(false);
            }

            while (heads.TryDequeue(out var head, out _))
            {
                yield return head.Current;
                await EnqueueAsync(heads, head).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var (head, _) in heads.UnorderedItems)
            {
                await head.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task EnqueueAsync(PriorityQueue<IAsyncEnumerator<Event>, (DateTimeOffset ReceivedAt, int Partition)> heads, IAsyncEnumerator<Event> head)
    {
        if (await head.MoveNextAsync().ConfigureAwait(false))
        {
            heads.Enqueue(head, (head.Current.ReceivedAt, head.Current.Place.Partition));
        }
        else
        {
            await head.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<Event> ReadAsync(ILogPartition partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = partition.EndPosition;
        for (var from = partition.FirstPosition; from < end;)
        {
            var read = await partition.ReadAsync(from, end, ReadBytes, cancellationToken).ConfigureAwait(false);
            if (read.Count == 0)
            {
                throw new LogUnusableException($"Partition {partition.Number} ends at {from} although it should hold events up to {end - 1}.");
            }

            foreach (var @event in read)
            {
                yield return @event;
            }

            from = read[^1].Place.Position + 1;
        }
    }
}
