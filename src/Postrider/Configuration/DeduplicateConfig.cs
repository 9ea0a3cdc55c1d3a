using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>How long an event that comes again is recognised.</summary>
public sealed record DeduplicateConfig
{
    /// <summary>From the first one's arrival on. Default 24 h; 0 s turns it off.</summary>
    [Description("From the first one's arrival on; 0s turns it off.")]
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(24);
}
