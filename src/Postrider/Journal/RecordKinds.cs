namespace Postrider.Journal;

/// <summary>The kinds of records that the journal keeps. Stored numbers: never given another meaning.</summary>
internal static class RecordKinds
{
    /// <summary>The table of names; one record.</summary>
    public const int Names = 1;

    /// <summary>Rows of five seconds, by their start.</summary>
    public const int FineRows = 2;

    /// <summary>Rows of a minute, by their start.</summary>
    public const int CoarseRows = 3;

    /// <summary>Blocks of failed attempts, by number.</summary>
    public const int Failures = 4;

    /// <summary>Blocks of attempts that delivered, by number.</summary>
    public const int Deliveries = 5;

    /// <summary>The newest delivery of each destination; one record.</summary>
    public const int Newest = 6;
}
