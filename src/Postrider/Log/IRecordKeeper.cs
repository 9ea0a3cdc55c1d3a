namespace Postrider.Log;

/// <summary>
/// Keeps small records over restarts that are not events and that nothing depends on: what operators look back at. Whoever keeps them
/// bounds their number and size, and writes seldom.
/// </summary>
internal interface IRecordKeeper
{
    /// <summary>All of them, by kind and number.</summary>
    Task<IReadOnlyList<KeptRecord>> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Writes records over those of the same key, and removes others, as one atomic, durable write.</summary>
    /// <exception cref="IOException">Nothing has changed.</exception>
    Task SaveAsync(IReadOnlyList<KeptRecord> written, IReadOnlyList<RecordKey> removed, CancellationToken cancellationToken);
}
