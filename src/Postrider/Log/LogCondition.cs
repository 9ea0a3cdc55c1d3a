namespace Postrider.Log;

/// <summary>What the log can do now.</summary>
/// <param name="State">Whether appends and reads work.</param>
/// <param name="Reason">For people: why, and what would cure it. Null while all is well.</param>
internal sealed record LogCondition(LogState State, string? Reason)
{
    public static LogCondition Ready { get; } = new(LogState.Ready, null);
}

internal enum LogState
{
    /// <summary>Appends and reads work.</summary>
    Ready,

    /// <summary>The storage does not answer now: appends are refused, readers wait until it does. Readiness is false.</summary>
    Unreachable,

    /// <summary>A part of the partitions cannot be asked, or takes no events; the others go on. Readiness stays true.</summary>
    Partial,

    /// <summary>Unsettled events fill the storage: appends are refused until deliveries make room. Readiness stays true.</summary>
    Full,

    /// <summary>Appends fail until a restart. Readiness is false.</summary>
    Failed,

    /// <summary>A stored record cannot be read back. Readiness is false; `postrider log repair` cures it.</summary>
    Corrupt,
}
