using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>Where the memory of one dispatcher says that an event stands.</summary>
/// <param name="ReadPosition">Events from here on have not been looked at.</param>
/// <param name="IsOutstanding">Read, and not settled.</param>
/// <param name="IsInFlight">Being attempted.</param>
/// <param name="UnsavedParked">The newest change about its place in the retry store that the state store does not show yet.</param>
/// <param name="UnsavedLetter">The newest change about its dead letter that the state store does not show yet.</param>
/// <param name="Routes">The routes that were in force for it, where the state store does not know them yet.</param>
/// <param name="GivenUp">The range it was given up with, where the state store does not know it yet.</param>
internal sealed record PositionReport(
    long ReadPosition,
    bool IsOutstanding,
    bool IsInFlight,
    StateChange? UnsavedParked,
    StateChange? UnsavedLetter,
    string? Routes = null,
    GivenUpRange? GivenUp = null);
