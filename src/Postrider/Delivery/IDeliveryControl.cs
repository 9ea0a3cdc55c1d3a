namespace Postrider.Delivery;

/// <summary>What operators may ask of delivery.</summary>
internal interface IDeliveryControl
{
    /// <summary>Null: every dispatcher is alive. Otherwise which is not, and why.</summary>
    string? Fault { get; }

    Task<IReadOnlyList<DestinationStatus>> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>The story of an event by its id; null: the id is none of this log's.</summary>
    Task<EventStory?> FindEventAsync(string id, CancellationToken cancellationToken);

    /// <summary>Pauses a destination; it keeps its backlog. False: no such destination.</summary>
    Task<bool> PauseAsync(string destination, CancellationToken cancellationToken);

    /// <summary>Ends a pause or a disablement. False: no such destination.</summary>
    Task<bool> ResumeAsync(string destination, CancellationToken cancellationToken);
}
