using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>What was given up, over all partitions.</summary>
internal interface IDeadLetters
{
    /// <summary>A page of dead letters, newest first.</summary>
    /// <param name="destination">Whose; null: of all.</param>
    /// <param name="filter">Which.</param>
    /// <param name="cursor">Where the last page ended; null: from the newest.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FormatException">The cursor is none.</exception>
    Task<DeadLetterPage> ListAsync(string? destination, EventSelection filter, string? cursor, int limit, CancellationToken cancellationToken);

    Task<long> CountAsync(string? destination, EventSelection filter, CancellationToken cancellationToken);

    /// <summary>Deletes all that match. Of a blocked lane the head leaves it and the lane goes on.</summary>
    /// <returns>How many were deleted.</returns>
    Task<long> DeleteAsync(string? destination, EventSelection filter, CancellationToken cancellationToken);

    /// <summary>Ranges given up by <c>skip</c> or by forgetting a destination, newest first.</summary>
    Task<IReadOnlyList<SkippedRange>> ListSkippedAsync(string? destination, int limit, CancellationToken cancellationToken);

    /// <summary>What the gateway could not use, newest first.</summary>
    Task<RejectedPage> ListRejectedAsync(string? source, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>How much the gateway could not use and still keeps; null: of all sources.</summary>
    Task<long> CountRejectedAsync(string? source, CancellationToken cancellationToken);

    /// <summary>Deletes what the gateway could not use.</summary>
    /// <returns>How many were deleted.</returns>
    Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken);
}

/// <summary>Which events are meant; what is null does not narrow.</summary>
/// <param name="Key">The unescaped key.</param>
/// <param name="Type">The event's type.</param>
/// <param name="Class">The dead letter's class.</param>
/// <param name="Since">At this time or later.</param>
/// <param name="Until">Before this time.</param>
/// <param name="Id">Exactly this event, by its id.</param>
internal sealed record EventSelection(
    string? Key = null, string? Type = null, string? Class = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null, string? Id = null);

/// <summary>A page of dead letters.</summary>
/// <param name="Letters">With their events' ids.</param>
/// <param name="Next">Asks for the next page; null: there is none.</param>
internal sealed record DeadLetterPage(IReadOnlyList<ListedDeadLetter> Letters, string? Next);

/// <summary>A dead letter and its event's id.</summary>
internal sealed record ListedDeadLetter(string EventId, string Destination, DeadLetter Letter);

/// <summary>A range given up, and the name by which a replay takes it: <c>skip_{partition}_{number}</c>.</summary>
internal sealed record SkippedRange(string Id, GivenUpRange Range);

/// <summary>A page of what the gateway could not use.</summary>
internal sealed record RejectedPage(IReadOnlyList<RejectedIngest> Rejected, string? Next);
