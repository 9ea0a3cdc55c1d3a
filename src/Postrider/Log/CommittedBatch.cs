using Postrider.Events;

namespace Postrider.Log;

/// <summary>Events that became durable together, with consecutive positions.</summary>
/// <param name="First">The position of the first.</param>
/// <param name="Events">At least one, in order. The listener may keep the list.</param>
internal readonly record struct CommittedBatch(long First, IReadOnlyList<Event> Events)
{
    public long End => First + Events.Count;
}
