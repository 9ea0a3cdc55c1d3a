namespace Postrider.Load.Running;

/// <summary>What Redis has done when an event counts as accepted; the server's setting and Redis' own go together.</summary>
internal enum RedisDurability
{
    /// <summary>Written; synced every second.</summary>
    EverySec,

    /// <summary>Synced.</summary>
    Fsync,
}
