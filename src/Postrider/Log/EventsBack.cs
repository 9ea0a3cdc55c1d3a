using Postrider.Events;

namespace Postrider.Log;

/// <summary>Events read backwards.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="From">Everything from here up to where the read began was looked at: the next one begins here.</param>
internal readonly record struct EventsBack(IReadOnlyList<Event> Events, long From);
