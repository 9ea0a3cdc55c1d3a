namespace Postrider.Delivery;

/// <summary>What operators may ask of delivery.</summary>
internal interface IDeliveryControl
{
    /// <summary>Null: every dispatcher is alive. Otherwise which is not, and why.</summary>
    string? Fault { get; }

    /// <summary>Null: every partition is delivered. Otherwise, for people, what begins again from a storage that was restarted or replaced.</summary>
    string? Moving { get; }

    /// <summary>Dead letters, rejected ingest and ranges given up.</summary>
    IDeadLetters DeadLetters { get; }

    /// <summary>Replays.</summary>
    IReplays Replays { get; }

    Task<IReadOnlyList<DestinationStatus>> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>The story of an event by its id; null: the id is none of this log's.</summary>
    Task<EventStory?> FindEventAsync(string id, CancellationToken cancellationToken);

    /// <summary>Pauses a destination; it keeps its backlog. False: no such destination.</summary>
    Task<bool> PauseAsync(string destination, CancellationToken cancellationToken);

    /// <summary>Ends a pause or a disablement. False: no such destination.</summary>
    Task<bool> ResumeAsync(string destination, CancellationToken cancellationToken);

    /// <summary>Disables a destination until it is resumed; it keeps its backlog. False: no such destination.</summary>
    Task<bool> DisableAsync(string destination, string reason, CancellationToken cancellationToken);

    /// <summary>Makes one attempt with a test event that is no event of the log, whatever state the destination is in. Null: no such destination.</summary>
    /// <param name="destination">Which.</param>
    /// <param name="body">The body to send; null: a small sample.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<TestDelivery?> TestAsync(string destination, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken);

    /// <summary>Gives up the oldest part of a destination's unread backlog; it is recorded and can be replayed while the log holds it.
    /// Null: no such destination.</summary>
    /// <param name="destination">Which.</param>
    /// <param name="before">Events received before this time; null: all that is there now.</param>
    /// <param name="cancellationToken">Ends the wait, not what has begun.</param>
    Task<SkipResult?> SkipAsync(string destination, DateTimeOffset? before, CancellationToken cancellationToken);
}
