namespace Postrider.Log;

/// <summary>Asks for a page of dead letters.</summary>
/// <param name="Destination">Whose; null: of all, the forgotten ones included.</param>
/// <param name="Filter">Which.</param>
/// <param name="Before">Newest first, those whose number is lower; null: from the newest.</param>
/// <param name="FromPosition">In the order of positions, from this one on, instead of newest first; needs a destination.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record DeadLetterQuery(string? Destination, DeadLetterFilter Filter, long? Before, long? FromPosition, int Limit);

/// <summary>A dead letter as the store keeps it.</summary>
/// <param name="Number">Grows with every letter of the partition; the newest is highest.</param>
/// <param name="Destination">Whose.</param>
/// <param name="Letter">What.</param>
internal sealed record StoredDeadLetter(long Number, string Destination, DeadLetter Letter);
