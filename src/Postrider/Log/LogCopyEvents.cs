using System.Buffers;
using System.Runtime.CompilerServices;
using Postrider.Events;

namespace Postrider.Log;

/// <summary>
/// All that a log still holds as events, as another log takes them: with the ids that they have here. First those below what its partitions
/// hold, whose bodies were kept because something parked or dead refers to them; then the rest.
/// </summary>
internal static class LogCopyEvents
{
    public static async IAsyncEnumerable<(LogPosition Place, Event Moved)> ReadAsync(IEventLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var partition in log.Partitions)
        {
            foreach (var position in await FindReferredAsync(partition, cancellationToken).ConfigureAwait(false))
            {
                var place = new LogPosition(partition.Number, partition.Generation, position);
                yield return (place, (await partition.GetAsync(position, cancellationToken).ConfigureAwait(false))?.Move() ?? CreateLost(log, place));
            }
        }

        await foreach (var @event in LogMerge.ReadAsync(log, cancellationToken).ConfigureAwait(false))
        {
            yield return (@event.Place, @event.Move());
        }
    }

    private static async Task<SortedSet<long>> FindReferredAsync(ILogPartition partition, CancellationToken cancellationToken)
    {
        var positions = new SortedSet<long>();
        foreach (var record in await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var (_, events) in StateReading.ReadLanesAsync(partition.State, record.Name, cancellationToken).ConfigureAwait(false))
            {
                positions.UnionWith(events.Select(parked => parked.Position).Where(position => position < partition.FirstPosition));
            }
        }

        await foreach (var letters in StateReading.ReadLettersAsync(partition.State, cancellationToken).ConfigureAwait(false))
        {
            positions.UnionWith(letters.Select(stored => stored.Letter.Position).Where(position => position < partition.FirstPosition));
        }

        return positions;
    }

    // What was lost has a dead letter that says so; it stands at a position, so something must. It asks for no destination.
    private static Event CreateLost(IEventLog log, LogPosition place) => Event.Create(
        new EventDraft
        {
            Source = "postrider",
            ReceivedAt = DateTimeOffset.UnixEpoch,
            RequestedDestinations = [],
            OwnId = EventIdFormat.Format(log.Id, place),
        },
        new ReadOnlySequence<byte>("{\"lost\":true}"u8.ToArray()));
}
