using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Turns what operators select into what the partitions' state stores look for, and back.</summary>
internal static class EventSelections
{
    /// <summary>The filter for one partition; null: nothing there can match.</summary>
    public static DeadLetterFilter? For(this EventSelection selection, IEventLog log, ILogPartition partition)
    {
        long? position = null;
        if (selection.Id is { } id)
        {
            if (!EventIdFormat.TryParse(id, out var logId, out var place)
                || logId != log.Id
                || place.Partition != partition.Number
                || place.Generation != partition.GenerationOf(place.Position))
            {
                return null;
            }

            position = place.Position;
        }

        return new DeadLetterFilter
        {
            Key = selection.Key,
            Type = selection.Type,
            Class = selection.Class,
            Since = selection.Since,
            Until = selection.Until,
            Position = position,
        };
    }

    /// <summary>The event's id.</summary>
    public static string IdOf(IEventLog log, ILogPartition partition, long position) =>
        EventIdFormat.Format(log.Id, new LogPosition(partition.Number, partition.GenerationOf(position), position));
}
