namespace Postrider.Log;

/// <summary>Where an event stands in the log that it was copied to.</summary>
internal readonly record struct MovedPlace(int Partition, long Position);
