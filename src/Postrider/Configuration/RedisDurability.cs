namespace Postrider.Configuration;

/// <summary>What Redis must have done with an event before the gateway answers success.</summary>
public enum RedisDurability
{
    /// <summary>Written by Redis, which syncs to disk once a second: a crash of its machine may lose up to two seconds.</summary>
    Everysec,

    /// <summary>Written and synced to disk (<c>appendfsync always</c>): a crash loses nothing.</summary>
    Fsync,

    /// <summary>In the memory of Redis: a restart may lose everything.</summary>
    Memory,
}
