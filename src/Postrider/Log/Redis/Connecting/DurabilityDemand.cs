namespace Postrider.Log.Redis.Connecting;

/// <summary>What the operator asked for.</summary>
/// <param name="Level">Where an event must be.</param>
/// <param name="Replicas">How many replicas must have it.</param>
/// <param name="Confirmed">Where Redis does not tell a setting, the operator vouches for it.</param>
/// <param name="Database">The number of the database that the log shall be in.</param>
/// <param name="MaxMemory">The limit that was written, in bytes; null: it follows from what Redis says.</param>
internal sealed record DurabilityDemand(DurabilityLevel Level, int Replicas, bool Confirmed, int Database = 0, long? MaxMemory = null);
