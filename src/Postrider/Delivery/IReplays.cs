using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Replays: durable, throttled, cancellable; they go on after a restart.</summary>
internal interface IReplays
{
    /// <summary>Begins to replay. Null: no such destination.</summary>
    /// <exception cref="ReplayRefusedException">The request cannot be carried out; the message says why.</exception>
    Task<ReplayReport?> StartAsync(ReplayRequest request, CancellationToken cancellationToken);

    /// <summary>All replays, newest first.</summary>
    Task<IReadOnlyList<ReplayReport>> ListAsync(CancellationToken cancellationToken);

    /// <summary>One replay; null: there is none of this id.</summary>
    Task<ReplayReport?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Ends a replay where it stands: what it has put into the retry store is still delivered. Null: there is none of this id.</summary>
    Task<ReplayReport?> CancelAsync(string id, CancellationToken cancellationToken);
}

/// <summary>What to replay.</summary>
/// <param name="Destination">To which destination.</param>
/// <param name="OfDeadLetters">Its dead letters; false: the log's events that are routed to it.</param>
/// <param name="Selection">Which of them.</param>
/// <param name="SkippedId">Of the log: exactly the positions of this skipped range.</param>
/// <param name="Rate">Events a second; null: as fast as the destination takes them.</param>
internal sealed record ReplayRequest(string Destination, bool OfDeadLetters, EventSelection Selection, string? SkippedId, double? Rate);

/// <summary>How a replay is doing, over all partitions.</summary>
internal sealed record ReplayReport
{
    public required string Id { get; init; }

    public required string Destination { get; init; }

    public required bool OfDeadLetters { get; init; }

    public required EventSelection Selection { get; init; }

    public double? Rate { get; init; }

    public required ReplayState State { get; init; }

    /// <summary>Events replayed so far: put back into their lanes, and delivered from there.</summary>
    public required long Events { get; init; }

    /// <summary>How many there are, as counted at the start; of the log: an upper bound.</summary>
    public required long Total { get; init; }

    /// <summary>From 0 to 1.</summary>
    public required double Part { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>For people: why it waits or failed; null: it does neither.</summary>
    public string? Reason { get; init; }
}

/// <summary>A replay cannot be carried out; the message, for people, says why.</summary>
internal sealed class ReplayRefusedException(string message) : Exception(message);
