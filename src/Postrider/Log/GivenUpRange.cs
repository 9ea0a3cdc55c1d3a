namespace Postrider.Log;

/// <summary>Positions that a destination will never get, given up as one and recorded.</summary>
/// <param name="Destination">Whose.</param>
/// <param name="From">The first position.</param>
/// <param name="Before">The position behind the last.</param>
/// <param name="Events">How many of them were routed there and not delivered.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="At">When.</param>
internal sealed record GivenUpRange(string Destination, long From, long Before, long Events, string Reason, DateTimeOffset At)
{
    /// <summary>Names it; grows with every range of the partition. 0 before it is stored.</summary>
    public long Number { get; init; }
}
