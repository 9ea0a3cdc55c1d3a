namespace Postrider.Log;

/// <summary>Totals of one destination in one partition, saved with its progress so that nothing needs a full count.</summary>
/// <param name="Delivered">Events delivered since it began.</param>
/// <param name="FailedAttempts">Attempts that failed since it began.</param>
/// <param name="ParkedEvents">Events in the retry store now.</param>
internal readonly record struct DestinationCounters(long Delivered, long FailedAttempts, long ParkedEvents);
