namespace Postrider.Delivery;

/// <summary>What the breaker allows now.</summary>
internal enum BreakerPermit
{
    /// <summary>Closed: attempts as they come.</summary>
    Go,

    /// <summary>One attempt, to see whether the destination is back. Whoever gets it must report it or abandon it.</summary>
    Probe,

    /// <summary>Nothing until the time it names.</summary>
    Wait,
}
