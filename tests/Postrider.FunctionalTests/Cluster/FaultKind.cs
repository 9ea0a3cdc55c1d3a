namespace Postrider.FunctionalTests.Cluster;

/// <summary>What is broken at random.</summary>
internal enum FaultKind
{
    RouterKilled,
    RouterFrozen,
    RouterRestarted,

    /// <summary>Cut off from Redis: it delivers on until it can save nothing.</summary>
    RouterWithoutRedis,

    /// <summary>Cut off from the receivers: its leases stay.</summary>
    RouterWithoutReceivers,

    /// <summary>Cut off from both, as a machine whose cable is pulled.</summary>
    RouterAlone,
    GatewayKilled,
    GatewayFrozen,
    GatewayWithoutRedis,
    RedisKilled,
    RedisFrozen,

    /// <summary>Nobody's doing: processor or disk were others' for too long. Measured, not made.</summary>
    MachineStalled,
}
