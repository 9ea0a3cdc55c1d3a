using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Postrider.Configuration;

/// <summary>When a failed attempt is tried again: after min(max, initial × 2ⁿ), with jitter over the upper half.</summary>
public sealed record RetryConfig
{
    /// <summary>The first delay. Default 2 s.</summary>
    [Description("The first delay; each further one doubles.")]
    public TimeSpan Initial { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest delay. Default 10 min.</summary>
    [Description("The longest delay.")]
    public TimeSpan Max { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>An event that failed for so long becomes a dead letter. Default 24 h.</summary>
    [Description("An event that failed for so long becomes a dead letter.")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Most attempts of one event. Default: no limit.</summary>
    [Description("Most attempts of one event. Left out: no limit.")]
    [Range(1, int.MaxValue)]
    public int? MaxAttempts { get; init; }
}
