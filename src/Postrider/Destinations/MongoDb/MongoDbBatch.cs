using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Postrider.Destinations.MongoDb;

/// <summary>How many events are written together.</summary>
public sealed record MongoDbBatch
{
    /// <summary>Most events in one write. Default 500.</summary>
    [Description("Most events in one write.")]
    [Range(1, 10_000)]
    public int MaxEvents { get; init; } = 500;

    /// <summary>How long an event may wait for others to be written with. Default 5 ms; zero: not at all.</summary>
    [Description("How long an event may wait for others to be written with.")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(5);
}
