namespace Postrider.Log;

/// <summary>What a log holds for one destination, wherever it stands there.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Pending">Events that are not settled.</param>
/// <param name="Parked">Events in the retry store.</param>
/// <param name="DeadLetters">Dead letters.</param>
/// <param name="GivenUp">Events in ranges given up.</param>
/// <param name="Checksum">Of all that, and of the order within lanes.</param>
internal sealed record DestinationSummary(string Name, long Pending, long Parked, long DeadLetters, long GivenUp, ulong Checksum);
