namespace Postrider;

/// <summary>What a process does of an event's way. Where several share a log on Redis, each may do a part.</summary>
public enum ServerRole
{
    /// <summary>Takes events in and delivers them.</summary>
    Both,

    /// <summary>Takes events in. It holds nothing that could be lost with it.</summary>
    Gateway,

    /// <summary>Delivers. It has no listener for events.</summary>
    Router,
}
