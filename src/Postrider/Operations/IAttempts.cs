namespace Postrider.Operations;

/// <summary>Attempts that were kept.</summary>
internal interface IAttempts
{
    /// <summary>Newest first: failures always, successes by sampling and the newest of each destination.</summary>
    Task<IReadOnlyList<AttemptReport>> ListAttemptsAsync(AttemptSearch search, CancellationToken cancellationToken);
}
