namespace Postrider.Log;

/// <summary>What the state store knows of one event for one destination; the rest of its story follows from progress and routes.</summary>
/// <param name="Parked">Its place in the retry store, or null.</param>
/// <param name="Due">When its lane's head is due, where it is parked.</param>
/// <param name="Dead">Its dead letter, or null.</param>
/// <param name="DeadLetterDeleted">Someone deleted its dead letter.</param>
/// <param name="GivenUp">The range it was given up with, or null.</param>
/// <param name="Routes">The routes that were in force for its position; null: none recorded.</param>
internal sealed record EventRecord(
    ParkedEvent? Parked,
    DateTimeOffset? Due,
    DeadLetter? Dead,
    bool DeadLetterDeleted,
    GivenUpRange? GivenUp,
    string? Routes);
