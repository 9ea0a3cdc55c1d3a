using Postrider.Operations;

namespace Postrider.WebConsole.Live;

/// <summary>How the server is doing at a moment, and how fast.</summary>
public sealed record LiveSnapshot
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The status; null: the server is starting, or could not be asked.</summary>
    public ServerStatus? Status { get; init; }

    /// <summary>Why it could not be asked; null: it could.</summary>
    public string? Problem { get; init; }

    /// <summary>Events stored a second, of late; null: not known yet.</summary>
    public double? Accepted { get; init; }

    /// <summary>The destinations' speed by name; empty: not known yet.</summary>
    public required IReadOnlyDictionary<string, DestinationPace> Paces { get; init; }

    /// <summary>How long until the log is full at its present growth; null: it does not grow, or that is not known yet.</summary>
    public TimeSpan? UntilFull { get; init; }

    /// <summary>Where each destination stands, those that need someone first.</summary>
    public required IReadOnlyList<Standing> Standings { get; init; }

    /// <summary>Events delivered a second, by all destinations together.</summary>
    public double? Delivered => Paces.Count == 0 ? null : Paces.Values.Sum(pace => pace.Delivered);

    /// <summary>Attempts that failed a second, of all destinations together.</summary>
    public double? Failed => Paces.Count == 0 ? null : Paces.Values.Sum(pace => pace.Failed);

    /// <summary>Where one destination stands; null: there is none of this name.</summary>
    public Standing? Find(string destination) => Standings.FirstOrDefault(standing => standing.Report.Name == destination);
}
