namespace Postrider.Log.Redis.Connecting;

/// <summary>What Redis must have done with an event before its success answer.</summary>
internal enum DurabilityLevel
{
    /// <summary>Written to the append-only file, which is synced each second.</summary>
    Everysec,

    /// <summary>Written and synced.</summary>
    Fsync,

    /// <summary>In memory.</summary>
    Memory,
}
