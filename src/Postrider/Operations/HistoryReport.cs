namespace Postrider.Operations;

/// <summary>Figures over time.</summary>
public sealed record HistoryReport
{
    /// <summary>When the first point begins.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>How long a point is.</summary>
    public required TimeSpan Step { get; init; }

    /// <summary>Events stored, a second; a point without figures (the server did not run) is null, here and below.</summary>
    public required IReadOnlyList<double?> Accepted { get; init; }

    /// <summary>Requests refused, a second.</summary>
    public required IReadOnlyList<double?> Refused { get; init; }

    /// <summary>Bytes of the log at each point's end.</summary>
    public required IReadOnlyList<double?> LogBytes { get; init; }

    /// <summary>The destinations by name: those that had figures in this time.</summary>
    public required IReadOnlyList<DestinationHistory> Destinations { get; init; }
}
