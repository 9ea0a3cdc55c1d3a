using System.ComponentModel;

namespace Postrider.Destinations.MongoDb;

/// <summary>What the server must have done before a write counts as delivered.</summary>
public sealed record MongoDbWriteConcern
{
    /// <summary>How many members must have it: <c>majority</c>, a number from 1, or the name of a custom write concern. Default <c>majority</c>.</summary>
    [Description("How many members must have a write before it counts as delivered: majority, a number from 1, or the name of a custom write concern.")]
    public string W { get; init; } = "majority";

    /// <summary>Whether it must stand in the journal too. Null: as the server decides.</summary>
    [Description("Whether a write must also stand in the journal. Left out: as the server decides.")]
    public bool? Journal { get; init; }

    /// <summary>How long the server waits for the other members before it reports a failure, which is retried. Default 10 s.</summary>
    [Description("How long the server waits for the other members before it reports a failure, which is retried.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
