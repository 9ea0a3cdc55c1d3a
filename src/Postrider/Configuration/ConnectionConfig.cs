using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>A source–destination pair.</summary>
public sealed record ConnectionConfig
{
    /// <summary>The source's name.</summary>
    [Description("The source's name.")]
    public required string From { get; init; }

    /// <summary>The destination's name.</summary>
    [Description("The destination's name.")]
    public required string To { get; init; }
}
