namespace Postrider.Journal;

/// <summary>Where the journal finds what is happening.</summary>
internal interface IFigureSource
{
    /// <summary>The figures will be read in a moment: what lags for want of a look at the log looks.</summary>
    void Prepare();

    /// <summary>Fills in what happened since the last time, and how things stand.</summary>
    Task ReadAsync(FigureRow row, CancellationToken cancellationToken);

    /// <summary>Keeps the newest delivery of each destination that has had one since the last time.</summary>
    /// <param name="destination">Of this one; null: of all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task KeepNewestAsync(string? destination, CancellationToken cancellationToken);
}
