namespace Postrider.Journal;

/// <summary>All figures of one stretch of time, as they are gathered.</summary>
internal sealed class FigureRow
{
    /// <summary>When it begins, in Unix seconds.</summary>
    public required long Start { get; init; }

    /// <summary>How long it is, in seconds.</summary>
    public required int Length { get; init; }

    /// <summary>For how much of it there are figures, in milliseconds: the server may have begun within it.</summary>
    public long CoveredMilliseconds { get; set; }

    public long Accepted { get; set; }

    public long Refused { get; set; }

    /// <summary>At its end.</summary>
    public long LogBytes { get; set; }

    /// <summary>Those that did something, or for which something waits.</summary>
    public Dictionary<string, DestinationFigures> Destinations { get; } = new(StringComparer.Ordinal);

    public long End => Start + Length;

    /// <summary>Goes on with a later one.</summary>
    public void Append(FigureRow later)
    {
        CoveredMilliseconds += later.CoveredMilliseconds;
        Accepted += later.Accepted;
        Refused += later.Refused;
        LogBytes = later.LogBytes;
        foreach (var (name, figures) in Destinations)
        {
            figures.Append(later.Destinations.GetValueOrDefault(name));
        }

        foreach (var (name, figures) in later.Destinations)
        {
            if (!Destinations.ContainsKey(name))
            {
                var own = new DestinationFigures();
                own.Append(figures);
                Destinations.Add(name, own);
            }
        }
    }
}
