namespace Postrider.Delivery;

/// <summary>What a dispatcher waits for, and until when where that is known.</summary>
internal readonly record struct Wait(WaitReason Reason, DateTimeOffset? Until = null);

/// <summary>Why nothing more is attempted just now.</summary>
internal enum WaitReason
{
    /// <summary>Nothing is ready.</summary>
    None,

    /// <summary>It is paused or disabled.</summary>
    Control,

    /// <summary>Its breaker is open.</summary>
    Breaker,

    /// <summary>Its <c>rateLimit</c> is used up.</summary>
    RateLimit,

    /// <summary>All that it may have in flight is.</summary>
    Slot,

    /// <summary>Progress could not be saved for a second: without it what is attempted might be repeated at length.</summary>
    Save,

    /// <summary>The lease of its partition is not certain: another process may be its owner.</summary>
    Lease,

    /// <summary>It catches up, and yields to destinations that are up to date.</summary>
    CatchUp,

    /// <summary>Its events wait until a batch is full.</summary>
    Batch,

    /// <summary>It reads no more: all destinations together hold as many bytes in memory as they may.</summary>
    Memory,

    /// <summary>It reads no more: the oldest event in hand holds its cursor back as far as it may.</summary>
    Window,

    /// <summary>It reads no more: as many keys are parked as may be.</summary>
    ParkedKeys,
}
