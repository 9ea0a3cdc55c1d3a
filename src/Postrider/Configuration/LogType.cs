namespace Postrider.Configuration;

/// <summary>The kinds of log.</summary>
public enum LogType
{
    /// <summary>Segment files and SQLite in one folder.</summary>
    Embedded,

    /// <summary>Redis streams.</summary>
    Redis,
}
