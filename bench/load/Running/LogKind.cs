namespace Postrider.Load.Running;

/// <summary>What keeps the server's log.</summary>
internal enum LogKind
{
    /// <summary>Files of the server's own.</summary>
    Embedded,

    /// <summary>A Redis of this program's.</summary>
    Redis,
}
