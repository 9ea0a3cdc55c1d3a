using System.ComponentModel;

namespace Postrider.Destinations.MongoDb;

/// <summary>An index that every collection of the destination has before its first event.</summary>
public sealed record MongoDbIndex
{
    /// <summary>Its fields in order, as <c>userId</c> or <c>payload.at</c>; with <c>-</c> ahead for a descending one.</summary>
    [Description("Its fields in their order, as [userId, -payload.at]: a minus ahead makes a field descending.")]
    public required IReadOnlyList<string> Fields { get; init; }

    /// <summary>Whether two documents may not have the same values. Default false.</summary>
    [Description("Whether two documents may not have the same values. An event that would be the second is rejected.")]
    public bool Unique { get; init; }

    /// <summary>Its name. Null: made from its fields, as the server's own tools do.</summary>
    [Description("Its name. Left out: made from its fields, as userId_1_payload.at_-1.")]
    public string? Name { get; init; }
}
