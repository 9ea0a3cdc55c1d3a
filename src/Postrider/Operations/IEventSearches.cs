namespace Postrider.Operations;

/// <summary>Looks for events.</summary>
internal interface IEventSearches
{
    /// <summary>Searches the events that the log still holds, newest first.</summary>
    /// <exception cref="FormatException">The cursor is none.</exception>
    Task<EventList> SearchEventsAsync(EventSearch search, CancellationToken cancellationToken);
}
